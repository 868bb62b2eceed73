package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/workerd"
)

// dial opens a socket; the status is the answer's.
func (p *player) dial(ctx context.Context, o scenario.Open) (int, error) {
	headers := header(o.Headers)
	address, err := p.address(o.To, o.Path, headers)
	if err != nil {
		return 0, err
	}
	s, status, err := p.server.DialAt(ctx, address, headers)
	if err != nil {
		return status, expected("the socket did not open: the Worker answered %d; a WebSocket needs 101", status)
	}
	p.open[o.Socket] = s
	return status, nil
}

// socket is a socket that an earlier step opened; an error says that it failed.
func (p *player) socket(name string) (*workerd.Socket, error) {
	if s := p.open[name]; s != nil {
		return s, nil
	}
	return nil, expected("the socket %s is not open, because its opening failed", name)
}

func (p *player) send(ctx context.Context, m scenario.Send) (deed, error) {
	text := m.Text
	if m.JSON != nil {
		text = string(m.JSON)
	}
	s, err := p.socket(m.Socket)
	if err != nil {
		return one("not sent", ""), err
	}
	p.unheard++
	if err := s.Send(ctx, text); err != nil {
		return one("not sent", ""), expected("the socket %s is no longer open: %v", m.Socket, err)
	}
	return one("sent", ""), nil
}

func (p *player) close(ctx context.Context, c scenario.Close) (deed, error) {
	if p.rec.lost[c.Socket] && p.open[c.Socket] == nil {
		return deed{replies: []reply{{"already gone", ""}}, quiet: true}, nil
	}
	s, err := p.socket(c.Socket)
	if err != nil {
		return one("not closed", ""), err
	}
	p.unheard++
	delete(p.open, c.Socket)
	code, err := s.Close(ctx, c.Code, c.Reason)
	if err != nil {
		return one("close not answered", ""), expected("the close of socket %s was not answered: %v", c.Socket, err)
	}
	return one(fmt.Sprintf("closed with %d", code), ""), nil
}

// receive takes the next message. On a socket that is not the one that was
// opened, what the object says to newcomers may come before it.
func (p *player) receive(ctx context.Context, r scenario.Receive) (string, error) {
	step, wait := len(p.rec.steps), messageWait
	switch {
	case p.before().got(step, nothing):
		wait = vainWait
	case p.rec.lost[r.Socket]:
		wait = lostWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var passed error
	for {
		msg, err := p.next(ctx, r.Socket)
		if err != nil && passed != nil {
			return nothing, passed
		}
		if err != nil {
			return nothing, expected("no message arrived on socket %s within %s: %v", r.Socket, wait, err)
		}
		if err = matchMessage(r, msg); err == nil || !p.rec.lost[r.Socket] || p.before().got(step, msg) {
			return msg, err
		}
		passed = err
	}
}

// before is what the first world of the kind recorded, if it has ended.
func (p *player) before() *recording {
	if p.first == nil {
		return nil
	}
	return p.first()
}

// nothing is what a step received when no message came.
const nothing = "nothing received"

// got reports that the message is what the step received here, wrong as it was.
func (r *recording) got(step int, msg string) bool {
	return r != nil && step < len(r.steps) && len(r.steps[step].replies) == 1 &&
		canonical([]byte(r.steps[step].replies[0].body)) == canonical([]byte(msg))
}

func matchMessage(r scenario.Receive, msg string) error {
	if r.Text != "" && !strings.Contains(msg, r.Text) {
		return expected("expected a message that contains %q, got %s", r.Text, short(msg))
	}
	if r.JSON != nil {
		return matchJSON(r.JSON, []byte(msg))
	}
	return nil
}

func (p *player) next(ctx context.Context, socket string) (string, error) {
	s, err := p.socket(socket)
	if err != nil {
		return "", err
	}
	msg, err := s.Next(ctx)
	if err == nil {
		p.rec.sockets[socket] = append(p.rec.sockets[socket], msg)
	}
	return msg, err
}

// drain takes what is left on the open sockets. Sequences are compared whole,
// so a world waits for as many messages as the first world had, and a little
// longer for one too many. The first world cannot know, and waits longer.
func (p *player) drain(ctx context.Context) {
	first, quiet := p.before(), 100*time.Millisecond
	if first == nil {
		first, quiet = &recording{}, 300*time.Millisecond
	}
	next := func(name string, wait time.Duration) error {
		ctx, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		_, err := p.next(ctx, name)
		return err
	}
	for _, name := range sortedKeys(p.open) {
		if p.rec.lost[name] {
			continue
		}
		for len(p.rec.sockets[name]) < len(first.sockets[name]) && next(name, messageWait) == nil {
		}
		for next(name, quiet) == nil {
		}
	}
}
