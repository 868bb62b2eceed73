package scaffold

// played is a pattern as people and the verifier meet it: the traffic that
// shows it at work, and what the summary says about it.
type played interface {
	// play shows the pattern on an object of its own and leaves state behind
	// for a purge to delete, but nothing that holds the purge off.
	play(s *script)
	// afterPurge expects the state to be gone and uses the object again.
	afterPurge(s *script)
	// decisions are the choices that a reviewer would ask about.
	decisions(v *view) []string
	// limits are what the pattern does not do.
	limits(v *view) []string
	// picture is the pattern's edges in the summary's diagram.
	picture(v *view) []string
}

func (v *view) played() []played {
	var all []played
	if v.Chat != nil {
		all = append(all, chat{})
	}
	if v.Counter != nil {
		all = append(all, counter{})
	}
	if v.RateLimit != nil {
		all = append(all, rateLimit{})
	}
	if v.Lock != nil {
		all = append(all, lock{})
	}
	if v.Schedule != nil {
		all = append(all, schedule{})
	}
	if v.State != nil {
		all = append(all, state{})
	}
	return all
}
