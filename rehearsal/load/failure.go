package load

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// withoutAnswer tells how a request failed that got no answer.
func withoutAnswer(err error) Failure {
	switch {
	case err == nil:
		return ""
	case late(err):
		return Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		// net/http has no exported error for a connection that ends while it waits for an answer.
		strings.Contains(err.Error(), "server closed idle connection"):
		return Reset
	}
	return Other
}

// answered tells how a request failed whose answer began.
func answered(status int, err error) Failure {
	switch {
	case late(err):
		return Timeout
	case err != nil:
		return Truncated
	case status == http.StatusBadGateway:
		return BadGateway
	case status == http.StatusServiceUnavailable:
		return ServiceUnavailable
	case status == http.StatusGatewayTimeout:
		return GatewayTimeout
	case status >= http.StatusInternalServerError:
		return ServerError
	}
	return ""
}

func late(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
