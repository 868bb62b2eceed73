package blueprint

import (
	"strings"
)

var (
	recurrence  = re(`\b(?:every|each) ` + spanText + `|\b(?:every|each|once (?:a|an|per|every)) (?:second|minute|hour|day|week)\b|\b(?:hourly|daily|nightly|weekly)\b`)
	wantsEvents = re(`\bschedul\w+|\breminders?\b|\b(?:delayed|recurring|periodic|timed|deferred|due) (?:jobs?|tasks?|events?|work|actions?)\b|\bcron\w*|\bretr(?:y|ies|ying) (?:failed )?(?:jobs?|tasks?|events?)\b|\b(?:multiple|several|many) (?:timers?|alarms?|events?|jobs?|tasks?)\b|\b(?:event|delay|job|task) queue\b`)
	// retryCount is how often what throws is tried again.
	retryCount = re(`\bretr(?:y|ies|ied)(?: \w+){0,3}? (?:up to |at most )?(\d{1,2}) times\b|\b(?:up to|at most|max(?:imum)?) (\d{1,2}) retries\b`)
	// planned is what calls for a scheduler even beside a queue, which has delays
	// and retries of its own.
	planned    = re(`\bschedul\w+|\breminders?\b|\b(?:recurring|periodic) (?:jobs?|tasks?|events?|work|actions?)\b|\bcron\w*`)
	eventWords = wordSet(`schedule schedules scheduled scheduler scheduling event events reminder reminders timer timers alarm alarms job jobs task tasks delayed delay delays later future
		due fire fires run runs running trigger triggers triggered retry retries retried retrying exponential backoff idempotent idempotency idempotently cancel cancels cancelled canceled
		at-least-once least once pending list lists several multiple many queue queues cron recurring periodic periodically different times time failed fails fail failure failures setalarm one-off plan plans planned message payload`)
)

// pronoun stands for what the clauses before are about.
var pronoun = re(`\b(?:them|it|one|those|all)\b`)

var scheduleDefinition = definition{
	kind: Schedule, class: "EventScheduler", key: "queue",
	title: "scheduled events", parameters: "every_ms, max_attempts",
	about:  "events that fall due later, once or recurring, run at least once and tried again when they throw",
	speaks: re(`\bschedul\w+|\bevents?\b|\breminders?\b|\bjobs?\b|\btasks?\b|\bretr(?:y|ies|ied|ying)\b|\bbackoff\b|\bidempoten\w+|\bat-least-once\b|\bcron\b|\brecurring\b|\bperiodic\w*|\btimers?\b|\bfires?\b|\bcancel\w*`),
	cover:  (*reader).coverSchedule,
	read: func(p *Pattern, text string) {
		if n := firstNumber(retryCount, text); n > 0 && n < MaxMaxAttempts && p.MaxAttempts == 0 {
			p.MaxAttempts = n + 1 // the first is no retry
		}
	},
	normalize: (*Pattern).normalizeSchedule,
	operations: []operation{
		{op: ScheduleAdd, method: "POST", paths: []string{"/events", "/schedule/events"}, what: "plans an event, once per id",
			words: strings.Fields(`schedule event reminder job task plan`)},
		{op: ScheduleList, method: "GET", paths: []string{"/events", "/schedule/events"}, what: "pending and recently run events",
			words: strings.Fields(`schedule event reminder job task list pending`)},
		{op: ScheduleCancel, method: "DELETE", paths: []string{"/events", "/schedule/events"}, what: "cancels a pending event", item: "id",
			words: strings.Fields(`schedule event reminder job task cancel`)},
	},
}

func (p *Pattern) normalizeSchedule(*Blueprint) error {
	fill(&p.MaxAttempts, DefaultMaxAttempts)
	if err := count("max_attempts", p.MaxAttempts, 1, MaxMaxAttempts); err != nil {
		return err
	}
	if p.EveryMS != 0 {
		return period("every_ms", p.EveryMS)
	}
	return nil
}

// firstRecurrence finds "every 5 minutes", "hourly", "once a day"; a rate such
// as "5 messages every minute" is none.
func firstRecurrence(text string) (int64, bool) {
	for _, f := range rates(text) {
		text = strings.Replace(text, f.text, " ", 1)
	}
	return recurrenceMS(recurrence.FindString(text))
}

// recurrenceMS is the period of one such phrase.
func recurrenceMS(found string) (int64, bool) {
	switch found {
	case "":
		return 0, false
	case "hourly":
		return 3_600_000, true
	case "daily", "nightly":
		return 86_400_000, true
	case "weekly":
		return 7 * 86_400_000, true
	}
	if ms, ok := firstSpan(found); ok {
		return ms, ms >= MinPeriodMS
	}
	unit := found[strings.LastIndexByte(found, ' ')+1:]
	ms, ok := unitMS(unit)
	return int64(ms), ok
}

func (r *reader) coverSchedule(c *clause) {
	p, ok := r.bp.Pattern(Schedule)
	if !ok {
		return
	}
	if ms, found := firstRecurrence(c.rest); found && ms == p.EveryMS {
		c.rest = strings.Replace(c.rest, recurrence.FindString(c.rest), " ", 1)
		c.cover("schedule", "EVERY_MS, #run()")
		if left := r.residue(c); len(left) > 0 && !definitionOf(Schedule).speaks.MatchString(c.rest) {
			c.rest = ""
			c.lack("the recurring event runs on time, but not what it should do: "+quoteWords(left), inRun)
			return
		}
	}
	if n := firstNumber(retryCount, c.rest); n > 0 && n+1 == p.MaxAttempts {
		c.take(retryCount, "schedule", "MAX_ATTEMPTS")
	}
	if c.speaksOf(Schedule) || len(r.bp.Patterns) == 1 && pronoun.MatchString(c.rest) {
		c.words(eventWords, "schedule", r.whereIs(ScheduleAdd)+", alarm()")
	}
}
