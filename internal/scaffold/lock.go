package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// lock is a lease that ends by itself, with a fencing token that only rises.
type lock struct{ base }

func (lock) uses() []string { return []string{"body", "integer"} }

func (lock) due() due { return due{kind: "lease-expiry", unplanned: true} }

func (lock) holds() hold { return hold{"this.lease().held", "a lease is held"} }

// stepLeaseMS is the shortest lease that a scenario takes: long enough that a
// slow machine does not see it end between two steps.
const stepLeaseMS = 30_000

func (lock) play(s *script) {
	lease := max(s.v.Lock.LeaseMS, stepLeaseMS)
	acquire := func(owner string) target {
		return target{op: blueprint.LockAcquire, object: "printer", json: fmt.Sprintf(`{"owner":%q,"lease_ms":%d}`, owner, lease)}
	}
	with := func(op blueprint.Op, owner string, token int) target {
		return target{op: op, object: "printer", json: fmt.Sprintf(`{"owner":%q,"token":%d}`, owner, token)}
	}
	status := target{op: blueprint.LockStatus, object: "printer"}
	s.ask("nobody holds the lease", status, 200, `{"held":false,"owner":null,"token":0}`)
	s.ask("alice takes it", acquire("alice"), 200, `{"owner":"alice","token":1}`)
	s.ask("bob is refused", acquire("bob"), 409, "")
	s.evict()
	s.ask("alice still holds it", status, 200, `{"held":true,"owner":"alice","token":1}`)
	s.ask("alice renews", target{op: blueprint.LockRenew, object: "printer", json: fmt.Sprintf(`{"owner":"alice","token":1,"lease_ms":%d}`, lease)}, 200, `{"token":1}`)
	s.ask("bob cannot release it", with(blueprint.LockRelease, "bob", 1), 409, "")
	s.ask("alice releases", with(blueprint.LockRelease, "alice", 1), 200, "")
	s.ask("bob gets a higher token", acquire("bob"), 200, `{"owner":"bob","token":2}`)
	s.advance("let bob's lease end", lease+1_000)
	s.ask("nobody holds it again", status, 200, `{"held":false,"owner":null,"token":2}`)
	s.ask("bob's token is worth nothing now", with(blueprint.LockRelease, "bob", 2), 409, "")
	s.burst("10 at once want it", 10, acquire("carol"), 0, "")
	s.ask("exactly one got it", status, 200, `{"held":true,"owner":"carol","token":3}`)
	s.ask("a bad owner is refused", acquire("a b"), 400, "")
	s.ask("carol releases", with(blueprint.LockRelease, "carol", 3), 200, "")
}

func (lock) afterPurge(s *script) {
	s.ask("the token outlived the purge", target{op: blueprint.LockStatus, object: "printer"}, 200, `{"held":false,"token":3}`)
	s.ask("and keeps rising", target{op: blueprint.LockAcquire, object: "printer", json: `{"owner":"dora"}`}, 200, `{"owner":"dora","token":4}`)
	s.ask("dora releases", target{op: blueprint.LockRelease, object: "printer", json: `{"owner":"dora","token":4}`}, 200, "")
}

func (lock) decisions(v *view) []string {
	return []string{
		fmt.Sprintf("A lease lasts %s unless the caller asks for another time. It is over when its time is: every statement checks that, and the alarm clears the row.", words(v.Lock.LeaseMS)),
		"Every grant has a higher fencing token, given out by the same statement that grants. Pass the token to what the lock protects, and refuse lower ones there: only that keeps out a holder that slept through the end of its lease.",
	}
}

func (lock) limits(v *view) []string {
	return []string{"The lock is not re-entrant and has no waiting line: a refused caller (409) tries again later."}
}

func (lock) picture(v *view) []string {
	return []string{`worker --> acquire["acquire(), renew(), release(), lease()"]`, `acquire --> lease[("lease")]`, `acquire -- lease ends --> alarm["alarm()"]`, "alarm --> lease"}
}
