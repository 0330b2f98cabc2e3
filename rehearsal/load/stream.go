package load

import (
	"context"
	"errors"
	"io"
	"time"
)

// reopenAfter is the least time from opening a stream to opening it again, as clients of
// server-sent events wait before they connect anew.
const reopenAfter = time.Second

// stream keeps one stream open, and opens it again when it ends.
func (l *Load) stream() {
	for l.running.Err() == nil {
		due := time.Now()
		l.results.begin()
		sample, err := l.listen(due)
		l.results.end(sample, err, sample.Status != 0 || l.running.Err() == nil)
		select {
		case <-time.After(reopenAfter - time.Since(due)):
		case <-l.running.Done():
		}
	}
}

// listen reads a stream to its end. A stream that is open when the load stops has not failed.
func (l *Load) listen(due time.Time) (Sample, error) {
	s := Sample{At: due, Kind: Stream}
	ctx, cancel := context.WithCancelCause(l.running)
	defer cancel(nil)
	// Silence is what a stream fails by, not its length.
	silence := time.AfterFunc(l.cfg.Timeout, func() { cancel(context.DeadlineExceeded) })
	defer silence.Stop()

	err := func() error {
		req, err := l.cfg.request(ctx, Stream)
		if err != nil {
			return err
		}
		resp, err := l.clients.of(Stream).RoundTrip(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		s.Status = resp.StatusCode
		s.Version, s.Instance = resp.Header.Get(l.cfg.VersionHeader), resp.Header.Get(l.cfg.InstanceHeader)
		buffer := make([]byte, 4<<10)
		for {
			silence.Reset(l.cfg.Timeout)
			if _, err := resp.Body.Read(buffer); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
	}()
	s.Latency = time.Since(due)
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		err = context.DeadlineExceeded
	} else if l.running.Err() != nil {
		err = nil
	}
	if s.Status == 0 {
		s.Failure = withoutAnswer(err)
	} else {
		s.Failure = answered(s.Status, err)
	}
	return s, err
}
