package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// schedule is many events behind the one alarm, once or recurring, each run at
// least once and retried when it throws.
type schedule struct{ base }

func (schedule) uses() []string { return []string{"body", "integer"} }

func (schedule) due() due { return due{kind: "event", many: true, unplanned: true} }

func (schedule) holds() hold { return hold{"this.#eventsPending()", "an event is pending"} }

func (schedule) tables(*view) []string { return []string{"events", "runs"} }

func (schedule) play(s *script) {
	v := s.v
	delay := int64(20_000)
	if v.Purge != nil {
		delay = min(delay, v.Purge.IdleMS/2)
	}
	add := func(id, more string) target {
		return target{op: blueprint.ScheduleAdd, object: "jobs", json: fmt.Sprintf(`{"id":%q,"delay_ms":%d%s}`, id, delay, more)}
	}
	cancel := target{op: blueprint.ScheduleCancel, object: "jobs", item: "dropped"}
	list := target{op: blueprint.ScheduleList, object: "jobs"}
	exact := !v.recurs() || v.Schedule.EveryMS >= 60_000
	listed := func(name, pending, runs string) {
		if v.recurs() && pending == "" {
			pending = `{"id":"recurring","attempts":0}`
		} else if v.recurs() {
			pending += `,{"id":"recurring","attempts":0}`
		}
		if exact {
			s.ask(name, list, 200, `{"pending":[`+pending+`],"runs":[`+runs+`]}`)
		}
	}
	s.ask("nothing is planned", list, 200, `{"pending":[],"runs":[]}`)
	if v.Broadcasts() {
		s.listen("listener", "jobs")
	}
	s.ask("plan an event", add("demo", `,"payload":{"n":1}`), 201, `{"id":"demo"}`)
	s.ask("planning it again changes nothing", add("demo", ""), 200, `{"id":"demo"}`)
	s.ask("plan another", add("dropped", ""), 201, `{"id":"dropped"}`)
	s.ask("cancel it", cancel, 200, `{"id":"dropped"}`)
	s.ask("it is gone", cancel, 404, "")
	s.evict()
	listed("the plan survived", `{"id":"demo","attempts":0}`, "")
	s.ask("an event without a time is refused", target{op: blueprint.ScheduleAdd, object: "jobs", json: `{"id":"demo"}`}, 400, "")
	s.advance("let it fall due", delay+1_000)
	if v.Broadcasts() {
		if exact {
			s.receive("sockets hear of it", "listener", `{"type":"event","id":"demo","payload":{"n":1}}`)
		}
		s.close("the listener leaves", "listener", 1000)
	}
	listed("it ran once", "", `{"id":"demo","outcome":"done"}`)
	if v.Purge != nil || !exact {
		return
	}
	if v.recurs() {
		s.advance("let the recurring event fall due", v.Schedule.EveryMS)
		listed("it ran and is planned again", "", `{"id":"recurring","outcome":"done"},{"id":"demo","outcome":"done"}`)
		return
	}
	s.ask("plan an hourly event", add("hourly", `,"every_ms":3600000`), 201, "")
	s.advance("let it fall due", delay+1_000)
	listed("it is planned again", `{"id":"hourly","attempts":0}`, `{"id":"hourly","outcome":"done"},{"id":"demo","outcome":"done"}`)
	s.advance("an hour later", 3_600_000)
	listed("it ran a second time", `{"id":"hourly","attempts":0}`, `{"id":"hourly","outcome":"done"},{"id":"hourly","outcome":"done"},{"id":"demo","outcome":"done"}`)
	s.ask("cancel it", target{op: blueprint.ScheduleCancel, object: "jobs", item: "hourly"}, 200, "")
}

func (schedule) afterPurge(s *script) {
	s.ask("no event is remembered", target{op: blueprint.ScheduleList, object: "jobs"}, 200, `{"pending":[],"runs":[]}`)
	s.ask("and events can be planned again", target{op: blueprint.ScheduleAdd, object: "jobs", json: `{"id":"demo","delay_ms":20000}`}, 201, "")
}

func (schedule) decisions(v *view) []string {
	d := []string{
		"An object has one alarm. What is due waits in the table `due`, and the alarm is always set to the earliest row; the handler works through a batch and sets the next one.",
		"An event is planned once per id, so a client may repeat its request. Delivery is at least once: `#run()` gets the id and the planned time as its idempotency key.",
		fmt.Sprintf("A run that throws is tried again after 1, 2, 4, … seconds, at most an hour, until it was tried %d times; then it is recorded as failed. The alarm itself never throws for it, so one bad event cannot stop the others.", v.Schedule.MaxAttempts),
	}
	if v.recurs() {
		d = append(d, fmt.Sprintf("The event `recurring` runs every %s, from the first activity on. Periods that were missed are skipped.", words(v.Schedule.EveryMS)))
	}
	return d
}

func (schedule) limits(v *view) []string {
	l := []string{"At most 1,000 events are pending per object, and the last 100 runs are kept."}
	if v.Broadcasts() {
		l = append(l, "A due event is broadcast to the sockets. Anything else it should do belongs in `#run()`.")
	} else {
		l = append(l, "A due event is logged and recorded. What it should do belongs in `#run()`.")
	}
	if v.recurs() && v.Purge != nil {
		l = append(l, "A recurring event does not keep idle state from being purged; it starts again with the next activity.")
	}
	return l
}

func (schedule) picture(v *view) []string {
	return []string{`worker --> plan["schedule(), cancel(), events()"]`, `plan --> events[("events, due")]`, `events -- earliest due --> alarm["alarm()"]`, `alarm --> run["#run()"]`, `run --> runs[("runs")]`}
}
