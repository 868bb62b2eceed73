package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// reservation holds units for a time: confirmed they stay taken, else they are
// free again.
type reservation struct{ base }

func (reservation) uses() []string { return []string{"body", "integer", "id"} }

func (reservation) due() due { return due{kind: "hold-expiry"} }

func (reservation) holds() hold { return hold{"this.#unitsHeld()", "units are held"} }

func (reservation) tables(*view) []string { return []string{"holds"} }

func (r reservation) play(s *script) {
	capacity := r.P.Capacity
	status := target{op: blueprint.ReservationStatus, object: "concert"}
	hold := func(holder string, units int) target {
		return target{op: blueprint.ReservationHold, object: "concert", json: fmt.Sprintf(`{"holder":%q,"units":%d}`, holder, units)}
	}
	of := func(op blueprint.Op, id, holder string) target {
		return target{op: op, object: "concert", item: id, json: fmt.Sprintf(`{"holder":%q}`, holder)}
	}
	is := func(held, confirmed int) string {
		return fmt.Sprintf(`{"capacity":%d,"held":%d,"confirmed":%d,"free":%d}`, capacity, held, confirmed, capacity-held-confirmed)
	}
	s.ask("everything is free", status, 200, is(0, 0))
	s.ask("ann holds one", hold("ann", 1), 201, `{"id":1,"holder":"ann","units":1}`)
	s.evict()
	s.ask("it is still held", status, 200, is(1, 0))
	s.ask("nobody else can confirm it", of(blueprint.ReservationConfirm, "1", "bob"), 409, "")
	s.ask("ann confirms", of(blueprint.ReservationConfirm, "1", "ann"), 200, `{"id":1,"confirmed":true}`)
	s.ask("confirming again changes nothing", of(blueprint.ReservationConfirm, "1", "ann"), 200, "")
	s.ask("one is taken for good", status, 200, is(0, 1))
	if capacity <= 200 {
		s.burst("more at once than are free", capacity+4, hold("crowd", 1), 0, "")
		s.ask("exactly what was free is held", status, 200, is(capacity-1, 1))
	} else {
		s.ask("more than are free are refused", hold("crowd", capacity), 409, "")
		s.burst("20 at once", 20, hold("crowd", 1), 201, "")
		s.ask("all 20 are held", status, 200, is(20, 1))
	}
	s.advance("let the holds run out", r.P.HoldMS+1_000)
	s.ask("what was not confirmed is free again", status, 200, is(0, 1))
	s.ask("a hold whose time is over cannot be confirmed", of(blueprint.ReservationConfirm, "2", "crowd"), 409, "")
	s.ask("units that are no number are refused", target{op: blueprint.ReservationHold, object: "concert", json: `{"holder":"ann","units":"two"}`}, 400, "")
	s.ask("ann gives hers back", of(blueprint.ReservationCancel, "1", "ann"), 200, "")
	s.ask("everything is free again", status, 200, is(0, 0))
}

func (r reservation) afterPurge(s *script) {
	s.ask("no reservation is left", target{op: blueprint.ReservationStatus, object: "concert"}, 200, fmt.Sprintf(`{"held":0,"confirmed":0,"free":%d}`, r.P.Capacity))
	s.ask("and units can be held", target{op: blueprint.ReservationHold, object: "concert", json: `{"holder":"dora"}`}, 201, "")
}

func (r reservation) decisions(*view) []string {
	return []string{
		fmt.Sprintf("%s units can be taken, and one statement both counts and takes, so a burst cannot get past that. A hold lasts %s; every statement checks its time, and the alarm deletes what has run out.", thousands(r.P.Capacity), words(r.P.HoldMS)),
		"A confirmed reservation stays until its holder gives it back. Confirming twice is confirming once, so a client may repeat its request.",
	}
}

func (reservation) limits(*view) []string {
	return []string{"Units are alike: a seat map needs a row for each seat. `holder` is what the caller says of itself."}
}

func (reservation) picture(*view) []string {
	return []string{`worker --> hold["hold(), confirm(), cancelHold()"]`, `hold --> holds[("holds")]`, `hold -- time is over --> alarm["alarm()"]`, "alarm --> holds"}
}
