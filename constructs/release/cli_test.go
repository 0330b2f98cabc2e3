//go:build slow

package release_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// listen starts to answer the stand-in for the AWS CLI, see testdata, and returns the port.
func (a *account) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				// A call ends with an empty line; without one, the caller was stopped meanwhile.
				var args []string
				for lines := bufio.NewScanner(connection); lines.Scan(); args = append(args, lines.Text()) {
					if lines.Text() == "" {
						code, text := a.run(args)
						fmt.Fprintf(connection, "%d\n%s", code, text)
						return
					}
				}
			}()
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// run behaves as the AWS CLI does: it returns the exit code and what is printed.
func (a *account) run(args []string) (code int, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := parse(args)
	a.calls = append(a.calls, c)
	fault, refused := a.refuse[c.command]
	var answer any
	if !refused || fault.done {
		var err error
		if answer, err = a.answer(c, args); err != nil {
			fault, refused = refusal{code: "InvalidParameterValue", message: err.Error()}, true
			errors.As(err, &fault)
		}
	}
	switch {
	case refused:
		return 254, fmt.Sprintf("\nAn error occurred (%s) when calling the %s operation (reached max retries: 7): %s\n",
			fault.code, strings.ReplaceAll(c.command, "-", ""), fault.message)
	case answer == nil:
		return 0, ""
	}
	data, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return 0, string(data)
}

// parse accepts the arguments in the form that the AWS CLI takes, and no other.
func parse(args []string) call {
	if len(args) < 6 || args[2] != "--cli-input-json" || !slices.Equal(args[len(args)-2:], []string{"--output", "json"}) {
		panic(fmt.Sprint("not a call of the AWS CLI: ", args))
	}
	c := call{service: args[0], command: args[1]}
	if err := json.Unmarshal([]byte(args[3]), &c.input); err != nil {
		panic(err)
	}
	return c
}
