package blueprint

import (
	"strings"
)

var (
	wantsLock = re(`\b(?:un)?lock(?:s|ed|ing|er|ers)?\b|\bmutex(?:es)?\b|\bleases?\b|\bmutual exclusion\b|\bfencing\b`)
	lockWords = wordSet(`lock locks locked locking locker unlock unlocks unlocked distributed mutex lease leases leased acquire acquires acquired acquiring release releases released releasing
		renew renews renewed renewal renewable extend extends extended owner owners holder holders hold holds held fencing token tokens expire expires expired expiry expiring ttl timeout timeouts
		auto auto-release auto-releases auto-expire auto-expires automatic automatically mutual exclusion exclusive resource resources 409 conflict conflicts after named taken timed-out monotonic increasing`)
)

var lockDefinition = definition{
	kind: Lock, class: "DistributedLock", key: "resource",
	title: "locks", parameters: "lease_ms",
	about:     "leases that end by themselves, with fencing tokens",
	speaks:    re(`\b(?:un)?lock\w*\b|\bmutex\w*|\bleases?\b|\bacquir\w+|\breleas\w+|\brenew\w*|\bfencing\b|\bmutual exclusion\b|\bholders?\b|\bttl\b|\brenewable\b|\bauto-(?:release|expire)s?\b|\bat a time\b`),
	cover:     (*reader).coverLock,
	normalize: (*Pattern).normalizeLock,
	operations: []operation{
		{op: LockAcquire, method: "POST", paths: []string{"/acquire", "/lock/acquire"}, what: "takes the lease, or answers 409",
			words: strings.Fields(`acquire lock lease`)},
		{op: LockRenew, method: "POST", paths: []string{"/renew", "/lock/renew"}, what: "extends a lease that is still held",
			words: strings.Fields(`renew extend refresh`)},
		{op: LockRelease, method: "POST", paths: []string{"/release", "/lock/release"}, what: "gives the lease back",
			words: strings.Fields(`release unlock lock lease`)},
		{op: LockStatus, method: "GET", paths: []string{"/lock", "/lock/status"}, what: "who holds the lease", answers: "held owner token",
			words: strings.Fields(`status lock owner holder lease`)},
	},
}

func (p *Pattern) normalizeLock(*Blueprint) error {
	fill(&p.LeaseMS, DefaultLeaseMS)
	return period("lease_ms", p.LeaseMS)
}

// leaseMS is the first time that a clause about the lock names, 0 if none does.
func (r *reader) leaseMS() int64 {
	for _, c := range r.clauses {
		if !lockDefinition.speaks.MatchString(c.norm) || wantsPurge.MatchString(c.norm) {
			continue
		}
		if ms, ok := firstSpan(c.norm); ok && ms >= MinPeriodMS {
			return ms
		}
	}
	return 0
}

func (r *reader) coverLock(c *clause) {
	p, ok := r.bp.Pattern(Lock)
	if !ok || !c.speaksOf(Lock) {
		return
	}
	if firstSpanIs(c.rest, p.LeaseMS) {
		c.rest = strings.Replace(c.rest, spanPattern.FindString(c.rest), " ", 1)
		c.cover("lock", "LEASE_MS")
	}
	c.take(re(`\bone (?:\w+ )?at a time\b|\bwithout (?:being )?renew(?:al|ed)\b|\bunless (?:it is |it's )?renewed\b`), "lock", r.whereIs(LockAcquire))
	c.words(lockWords, "lock", r.whereIs(LockAcquire)+", "+r.whereIs(LockRelease))
}
