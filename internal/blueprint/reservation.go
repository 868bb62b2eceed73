package blueprint

import (
	"errors"
	"strings"
)

var (
	wantsReservation = re(`\breserv(?:e|es|ed|ing|ation|ations)\b|\b(?:hold|holds|holding) (?:\w+ )?(?:seats?|tickets?|stock|units?|places?|spots?|rooms?|slots?|inventory)\b|\b(?:never|not|no|prevent\w*|without|avoid\w*) (?:over-?sell\w*|over-?book\w*|double[- ]book\w*)\b|\bover-?(?:sell|book)\w*`)
	// Units and holding may be said in different clauses.
	units    = re(`\b(?:seats?|tickets?|stock|slots?|places?)\b`)
	holding  = re(`\b(?:hold|holds|held)\b`)
	tied     = re(`\b(?:stock|products?|items?|inventory)\b`)
	capacity = re(`\b(\d[\d,_]*) (?:seats?|tickets?|units?|places?|spots?|slots?|rooms?|items?|pieces|in stock)\b|\b(?:capacity|stock)(?: of| is|:)? (\d[\d,_]*)\b`)
)

var reservationDefinition = definition{
	kind: Reservation, class: "Reservations", key: "event",
	title: "reservations", parameters: "capacity, hold_ms",
	about:  "units that are held for a time, then confirmed or free again; never more than there are",
	wants:  wantsReservation,
	speaks: re(`\breserv\w+|\b(?:holds?|held)\b|\bseats?\b|\btickets?\b|\bstock\b|\bconfirm\w*|\bover-?(?:sell|book)\w*|\bavailab\w+|\bcapacity\b|\bcancel\w*|\bexpir\w+|\breleas\w+`),
	words: wordSet(`reserve reserves reserved reserving reservation reservations hold holds held holding seat seats ticket tickets unit units place places spot spots slot slots stock inventory
		confirm confirms confirmed confirming confirmation cancel cancels cancelled canceled cancelling capacity available availability free again left remaining sold out expire expires expired expiring expiry
		release releases released after before unless until automatically auto never not no oversell oversells overselling oversold overbook overbooking double-book double-booking double book booking bookings booked
		409 refuse refused when than more unconfirmed timeout timeouts purchase checkout pay payment payments paid`),
	read: func(p *Pattern, text string) {
		if n := firstNumber(capacity, strings.ReplaceAll(text, ",", "")); n > 0 && n <= maxLimit && p.Capacity == 0 {
			p.Capacity = n
		}
		if ms, ok := firstSpan(text); ok && ms >= MinPeriodMS && p.HoldMS == 0 && !wantsPurge.MatchString(text) {
			p.HoldMS = ms
		}
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Reservation)
		if !c.speaksOf(Reservation) {
			return
		}
		if lists := r.bp.collections(); len(lists) > 0 && tied.MatchString(c.rest) {
			c.lack("the units are one number per object, not tied to the rows of "+strings.Join(lists, ", "), "hold() of the class")
		}
		if firstNumber(capacity, strings.ReplaceAll(c.rest, ",", "")) == p.Capacity {
			c.take(capacity, "reservation", "CAPACITY")
		}
		if firstSpanIs(c.rest, p.HoldMS) {
			c.takeSpan("reservation", "HOLD_MS")
		}
		c.words(definitionOf(Reservation).words, "reservation", r.whereIs(ReservationHold)+", "+r.whereIs(ReservationConfirm))
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		fill(&p.Capacity, DefaultCapacity)
		fill(&p.HoldMS, DefaultHoldMS)
		return errors.Join(count("capacity", p.Capacity, 1, maxLimit), period("hold_ms", p.HoldMS))
	},
	operations: []operation{
		{op: ReservationHold, method: "POST", paths: []string{"/reservations"}, what: "holds units for a while, or answers 409", words: strings.Fields("reserv hold book seat")},
		{op: ReservationConfirm, method: "POST", paths: []string{"/reservations/:id/confirm"}, item: "id", what: "keeps held units for good", words: strings.Fields("confirm purchase checkout pay")},
		{op: ReservationCancel, method: "DELETE", paths: []string{"/reservations/:id"}, item: "id", what: "gives units back", words: strings.Fields("cancel releas reserv")},
		{op: ReservationStatus, method: "GET", paths: []string{"/reservations", "/availability"}, what: "how many units are free, held and confirmed", words: strings.Fields("avail status free seat stock remaining left"), answers: "capacity held confirmed free"},
	},
}
