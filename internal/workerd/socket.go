package workerd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Socket is an open WebSocket of a client. Its messages are read as they come
// and kept until Next takes them.
type Socket struct {
	conn *websocket.Conn
	msgs chan string
	gone chan struct{} // closed when nobody reads msgs any more
	stop func()        // closes gone, once
	err  error         // why reading ended; set before msgs is closed
}

// closeWait is how long Close waits for the peer's close frame.
const closeWait = 3 * time.Second

// Dial opens a WebSocket through the Worker; status is the answer's, 101 when it
// opened.
func (s *Server) Dial(ctx context.Context, path string, headers http.Header) (sock *Socket, status int, err error) {
	return s.DialAt(ctx, s.URL()+path, headers)
}

// DialAt is Dial for an address that [Server.Direct] gave.
func (s *Server) DialAt(ctx context.Context, address string, headers http.Header) (sock *Socket, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPHeader: headers, HTTPClient: s.client})
	if resp != nil {
		status = resp.StatusCode
	}
	switch {
	case err != nil && resp != nil:
		return nil, status, fmt.Errorf("the socket did not open: the Worker answered %d; a WebSocket needs 101", status)
	case err != nil:
		return nil, 0, s.explain(ctx, err)
	}
	conn.SetReadLimit(maxBody)
	k := &Socket{conn: conn, msgs: make(chan string, 4096), gone: make(chan struct{})}
	k.stop = sync.OnceFunc(func() { close(k.gone) })
	go k.read()
	return k, status, nil
}

var errAbandoned = errors.New("the socket was abandoned")

func (k *Socket) read() {
	defer close(k.msgs)
	for {
		_, data, err := k.conn.Read(context.Background())
		if err != nil {
			k.err = err
			return
		}
		select {
		case k.msgs <- string(data):
		case <-k.gone:
			k.err = errAbandoned
			return
		}
	}
}

// Send sends one text message.
func (k *Socket) Send(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := k.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		return errors.New("the connection has ended")
	}
	return nil
}

// Next waits for the next message, until ctx is done.
func (k *Socket) Next(ctx context.Context) (string, error) {
	select {
	case m, ok := <-k.msgs:
		if !ok {
			return "", k.ended()
		}
		return m, nil
	case <-ctx.Done():
		return "", errors.New("nothing came in time")
	}
}

func (k *Socket) ended() error {
	if code := websocket.CloseStatus(k.err); code >= 0 {
		return fmt.Errorf("the socket was closed with code %d", code)
	}
	return errors.New("the connection was dropped without a close frame")
}

// Close starts the close handshake and returns the code of the peer's close
// frame. Code 0 sends a frame without a code, as a browser's plain close()
// does. The error says that no frame came back.
func (k *Socket) Close(ctx context.Context, code int, reason string) (int, error) {
	status := websocket.StatusCode(code)
	if code == 0 {
		status = websocket.StatusNoStatusRcvd
	}
	defer k.stop()
	// Either the reader or Close itself gets the peer's frame.
	closed := make(chan error, 1)
	go func() { closed <- k.conn.Close(status, reason) }()
	select {
	case err := <-closed:
		if err == nil {
			return int(status), nil // the peer sent the same code back
		}
		for range k.msgs { // messages that were on their way; ends with the reader
		}
		for _, err := range []error{err, k.err} {
			if got := websocket.CloseStatus(err); got >= 0 {
				return int(got), nil
			}
		}
		return 0, k.ended()
	case <-time.After(closeWait):
		k.conn.CloseNow()
		return 0, fmt.Errorf("no close frame came back within %s", closeWait)
	case <-ctx.Done():
		k.conn.CloseNow()
		return 0, ctx.Err()
	}
}

// Abandon drops the connection without a handshake.
func (k *Socket) Abandon() {
	k.stop()
	k.conn.CloseNow()
}
