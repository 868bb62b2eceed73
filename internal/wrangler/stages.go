package wrangler

import "fmt"

// Stage is one deploy of a change that takes several, because two Workers, or the
// code and the configuration, cannot change at the same instant.
type Stage struct {
	Number int    `json:"number"`
	Worker string `json:"worker"` // whose deploy it is
	Do     string `json:"do"`     // what is written for it, and what its deploy shows
	Status string `json:"status"` // StageDone, StageFirst, StageNow or StageLater
}

// What is known of a stage. Of another Worker's deploy this file does not tell.
const (
	StageDone  = "done"
	StageFirst = "first" // another Worker's, to be deployed before the one that is now
	StageNow   = "now"
	StageLater = "later"
)

// stages makes the list for a change of which the stage number now is to be deployed
// next. deployed is the number of the last one that is known to be.
func stages(now, deployed int, list ...Stage) []Stage {
	for i := range list {
		s := &list[i]
		s.Number = i + 1
		switch {
		case s.Number == now:
			s.Status = StageNow
		case s.Number > now:
			s.Status = StageLater
		case s.Number <= deployed || s.Worker == list[now-1].Worker:
			s.Status = StageDone
		default:
			s.Status = StageFirst
		}
	}
	return list
}

// renameStages are the deploys of a rename with exports: the name of the class in
// the code and the pointer of its objects do not change at the same instant, so for
// a while the code answers to both names.
func renameStages(worker string, r Rename, now, deployed int) []Stage {
	return stages(now, deployed,
		Stage{Worker: worker, Do: fmt.Sprintf("call the class %[2]s in the code and export it under both names, with `export { %[2]s as %[1]s };`; exports and the bindings stay as they are; deploy", r.From, r.To)},
		Stage{Worker: worker, Do: fmt.Sprintf("exports says that %[1]s is renamed to %[2]s, and the bindings name %[2]s; deploy, which reports Renamed: %[1]s → %[2]s, and tombstone_class_still_in_code, as it should", r.From, r.To)},
		Stage{Worker: worker, Do: fmt.Sprintf("take `export { %[2]s as %[1]s };` out of the code; deploy, which lists %[1]s under Safe to remove from `exports`", r.From, r.To)},
		Stage{Worker: worker, Do: fmt.Sprintf("take the entry %s out of exports; it goes out with any later deploy", r.From)},
	)
}

// handover is a transfer as both Workers see it.
type handover struct {
	giver, taker string // the Workers
	from, to     string // the class there and here
	form         Lifecycle
}

// stages are the deploys of a transfer. By migrations the taker's deploy moves the
// objects; by exports the giver's does, once the taker has said that it expects them.
func (h handover) stages(now, deployed int) []Stage {
	if h.form == Exports {
		return stages(now, deployed,
			Stage{Worker: h.taker, Do: fmt.Sprintf("export the class %[1]s in the code and declare it in exports as expecting-transfer from %[2]s, without a binding of its own; deploy, which reports Transfer pending: %[1]s ← %[2]s", h.to, h.giver)},
			Stage{Worker: h.giver, Do: fmt.Sprintf("exports says that %[1]s is transferred to %[2]s, and the bindings get \"script_name\": %[2]q; the class stays in the code; deploy, which moves the objects and reports Transferred (committed): %[1]s → %[2]s", h.from, h.taker)},
			Stage{Worker: h.taker, Do: fmt.Sprintf("once that is everywhere, the entry %s becomes a live one and gets its binding; deploy", h.to)},
			Stage{Worker: h.giver, Do: fmt.Sprintf("once no other Worker binds to %[1]s of %[2]s any more, take the class out of the code and its entry out of exports; deploy", h.from, h.giver)},
		)
	}
	return stages(now, deployed,
		Stage{Worker: h.taker, Do: fmt.Sprintf("export the class %[3]s in the code; migrations gets an entry with transferred_classes (%[1]s of %[2]s), and the binding is to the own class; deploy, which moves the objects", h.from, h.giver, h.to)},
		Stage{Worker: h.giver, Do: fmt.Sprintf("the bindings get \"script_name\": %[2]q; the class %[1]s stays in the code, and migrations as they are; deploy. Other Workers that bind to %[1]s of %[3]s change their bindings in the same way", h.from, h.taker, h.giver)},
		Stage{Worker: h.giver, Do: fmt.Sprintf("take the class %s out of the code, without any entry in migrations (deleted_classes would be refused: its objects are not here any more); deploy", h.from)},
	)
}

// StageLines says each stage, and how to go on after the one that is now.
func StageLines(list []Stage) []string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("Stage %d of %d, %s, %s: %s", s.Number, len(list), s.Worker, s.Status, s.Do))
	}
	for _, s := range list[:max(0, len(list)-1)] {
		if s.Status == StageNow {
			out = append(out, fmt.Sprintf("When stage %[1]d is deployed, ask for the same again with deployed %[1]d.", s.Number))
		}
	}
	return out
}

// show makes the stages of the plan those of the level that is furthest behind.
func (p *planner) show(list []Stage) {
	at := func(list []Stage) int {
		for _, s := range list {
			if s.Status == StageNow {
				return s.Number
			}
		}
		return len(list) + 1
	}
	if p.plan.Stages == nil || at(list) < at(p.plan.Stages) {
		p.plan.Stages = list
	}
}

// exported reports whether main exports a name. known is false if its exports
// cannot be listed.
func (r *Request) exported(name string) (yes, known bool) {
	if r.Exported == nil {
		return false, false
	}
	return r.Exported[name], true
}
