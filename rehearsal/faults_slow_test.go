//go:build slow && unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// The starter is released by every method, well and with every fault, and all goes as the method promises.
func TestEveryMethodDoesWhatItPromises(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	t.Chdir("..")
	for _, name := range append([]string{""}, faultNames()...) {
		if name == allFaults {
			continue
		}
		for _, method := range rollout.Methods() {
			t.Run(string(method)+" "+name, func(t *testing.T) {
				t.Parallel()
				o := options{
					method: string(method), fault: name, template: "testdata/showcase-web.template.json",
					speed: 60, rate: 100, path: "/", heal: true,
				}
				var said bytes.Buffer
				passed, err := o.rehearse(t.Context(), &said, io.Discard)
				if errors.Is(err, database.ErrNotInstalled) {
					t.Skip(err)
				}
				require.NoError(t, err)
				downtime := method == rollout.AllAtOnce && name == ""
				assert.Equal(t, !downtime, passed, "%s", &said)
			})
		}
	}
}
