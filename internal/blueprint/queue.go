package blueprint

import (
	"errors"
	"strings"
)

var (
	wantsQueue  = re(`\b(?:work|worker|message)[- ]?queues?\b|\b(?:job|task)[- ]queues?\b|\bvisibility[- ](?:time-?outs?|windows?)\b|\bdead[- ]letters?\b|\bfifo(?: queue)?\b|\b(?:workers?|consumers?) (?:pull|take|poll|claim|fetch|lease)\w*\b|\b(?:de|en)queu(?:e|es|ed|ing)\b`)
	takesWork   = re(`\b(?:work|worker|message)[- ]?queues?\b|\bvisibility\b|\bdead[- ]letters?\b|\bfifo\b|\b(?:workers?|consumers?)\b|\backs?\b|\backnowledg\w+`)
	plansWork   = re(`\b(?:delayed|deferred|recurring|periodic|later|due)\b|\bschedul\w+|\bcron\w*|\breminders?\b`)
	visibility  = re(`\bvisibility\b|\binvisible\b|\backs?\b|\backnowledg\w+|\bnot (?:finished|done|acked|completed) (?:within|in|after)\b`)
	attemptsMax = re(`\b(?:after|up to|at most|max(?:imum)?(?: of)?) (\d{1,2}) (?:failed |failures? ?|delivery )?(?:attempts?|tries|times|retries|failures|deliveries)\b|\b(\d{1,2}) (?:attempts|tries|retries)\b`)
)

var queueDefinition = definition{
	kind: Queue, class: "WorkQueue", key: "queue",
	title: "work queues", parameters: "visibility_ms, max_attempts, max_items",
	about:  "jobs that consumers take, invisible for a time and back if not finished, dead letters",
	wants:  wantsQueue,
	speaks: re(`\bqueues?\b|\bjobs?\b|\btasks?\b|\bwork\b|\bvisibility\b|\bdead[- ]letters?\b|\bconsumers?\b|\bproducers?\b|\back\w*|\b(?:en|de)queu\w+|\bretr(?:y|ies|ied)\b|\bfifo\b|\binvisible\b|\battempts\b`),
	words: wordSet(`queue queues queued work worker workers job jobs task tasks message messages fifo order post posts push pushes pushed enqueue enqueues enqueued dequeue dequeues add adds submit submits producer producers consumer consumers
		pull pulls take takes taken claim claims claimed poll polls fetch fetches lease leases leased visibility visible invisible timeout timeouts time-out ack acks acked acknowledge acknowledges acknowledged acknowledgement complete completes completed done finish finishes finished
		again redeliver redelivered redelivery retry retries retried dead-letter dead-letters dead letter letters dlq after failed fail fails attempt attempts tries delivery deliveries delivered at-least-once least stats statistics depth length
		pending show shows how many wait waits waiting inspect move moved moves become becomes until not back`),
	read: func(p *Pattern, text string) {
		if ms, ok := firstSpan(text); ok && ms >= MinPeriodMS && p.VisibilityMS == 0 && visibility.MatchString(text) {
			p.VisibilityMS = ms
		}
		p.readAttempts(text)
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Queue)
		if !c.speaksOf(Queue) {
			return
		}
		if firstNumber(attemptsMax, c.rest) == p.MaxAttempts {
			c.take(attemptsMax, "queue", "MAX_ATTEMPTS")
		}
		if firstSpanIs(c.rest, p.VisibilityMS) {
			c.takeSpan("queue", "VISIBILITY_MS")
		}
		c.words(definitionOf(Queue).words, "queue", r.whereIs(QueuePush)+", "+r.whereIs(QueueTake)+", "+r.whereIs(QueueDone))
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		fill(&p.VisibilityMS, DefaultVisibilityMS)
		fill(&p.MaxAttempts, 5)
		fill(&p.MaxItems, 10_000)
		return errors.Join(period("visibility_ms", p.VisibilityMS), count("max_attempts", p.MaxAttempts, 1, MaxMaxAttempts), count("max_items", p.MaxItems, 1, MaxItems))
	},
	operations: []operation{
		{op: QueuePush, method: "POST", paths: []string{"/jobs", "/queue/jobs"}, what: "adds a job", words: strings.Fields("job push enqueue add submit task queue work")},
		{op: QueueTake, method: "POST", paths: []string{"/jobs/take", "/queue/take"}, what: "takes the oldest visible job, or answers 204", words: strings.Fields("take claim pull dequeue lease next poll")},
		{op: QueueDone, method: "POST", paths: []string{"/jobs/:id/done", "/queue/jobs/:id/done"}, item: "id", what: "finishes a job that was taken", words: strings.Fields("done ack complete finish")},
		{op: QueueStats, method: "GET", paths: []string{"/jobs", "/queue/stats"}, what: "how many jobs wait, are taken and are dead", words: strings.Fields("stat depth length job queue dead"), answers: "waiting taken dead"},
	},
}

// readAttempts takes how often something is tried before it is given up.
func (p *Pattern) readAttempts(text string) {
	if n := firstNumber(attemptsMax, text); n > 0 && n <= MaxMaxAttempts && p.MaxAttempts == 0 {
		p.MaxAttempts = n
	}
}
