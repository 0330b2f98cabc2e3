package cdkcontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// The environment variables in which the CDK CLI passes the context to the app: what fits into the
// environment, and the path of a file with the rest (aws-cdk 2.1148.1, writeContextToEnv).
const (
	Variable         = "CDK_CONTEXT_JSON"
	OverflowVariable = "CONTEXT_OVERFLOW_LOCATION_ENV"
)

// Context is CDK's context.
type Context struct {
	// JSON is the whole context, a JSON object.
	JSON []byte

	// problems are what is wrong with the text of cdk.json. The CLI passes on what JavaScript made of
	// that text, which no longer shows it.
	problems config.Problems
}

// Read returns the context that the CLI passes where it runs the app, else the one in cdk.json.
func Read() (Context, error) {
	file, err := os.ReadFile("cdk.json")
	missing := errors.Is(err, fs.ErrNotExist)
	passed, byCLI, cliErr := fromCLI()
	switch {
	case cliErr != nil:
		return Context{}, cliErr
	case missing && byCLI: // as with --app
		return Context{JSON: passed}, nil
	case missing:
		return Context{}, errors.New("cdk.json: not found in this directory; run from the root of the repository")
	case err != nil:
		return Context{}, fmt.Errorf("cdk.json: %w", reason(err))
	}
	written, problems := config.File(file)
	switch {
	case byCLI:
		return Context{passed, problems}, nil
	case written == nil:
		return Context{}, problems
	}
	return Context{written, problems}, nil
}

// fromCLI joins the two parts of the context as CDK's library does (aws-cdk-lib 2.270.0,
// App.loadContext): a key of the file wins.
func fromCLI() (context []byte, set bool, err error) {
	text, inVariable := os.LookupEnv(Variable)
	path := os.Getenv(OverflowVariable)
	if path == "" {
		return []byte(text), inVariable, nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, true, fmt.Errorf("the context that the CDK CLI left in %s (%s): %w; run the CLI again", path, OverflowVariable, reason(err))
	}
	all, rest := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if inVariable && json.Unmarshal([]byte(text), &all) != nil {
		return nil, true, notAnObject(Variable)
	}
	if json.Unmarshal(file, &rest) != nil {
		return nil, true, notAnObject(OverflowVariable)
	}
	if all == nil { // null
		all = rest
	}
	maps.Copy(all, rest)
	context, err = json.Marshal(all)
	return context, true, err
}

func notAnObject(variable string) error {
	return fmt.Errorf("%s: the context that the CDK CLI passes is not a JSON object; run the CLI again", variable)
}

// reason is the cause of a failure without the Go operation and the path.
func reason(err error) error {
	if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
		return cause.Err
	}
	return err
}

// With returns the context with keys set, as the CLI's -c does.
func (c Context) With(given map[string]string) (Context, error) {
	if len(given) == 0 {
		return c, nil
	}
	all := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(c.JSON)) > 0 && json.Unmarshal(c.JSON, &all) != nil || all == nil {
		if _, err := config.Load(c.JSON); err != nil {
			return c, err
		}
		all = map[string]json.RawMessage{} // null
	}
	for key, value := range given {
		text, err := json.Marshal(value)
		if err != nil {
			return c, err
		}
		all[key] = text
	}
	text, err := json.Marshal(all)
	return Context{text, c.problems}, err
}

// Config is the configuration in the context. The error lists everything that is wrong with it, and
// with the text of cdk.json.
func (c Context) Config() (config.Config, error) { return c.load(config.Load) }

// ConfigToCompare is [Context.Config] by [config.LoadToCompare].
func (c Context) ConfigToCompare() (config.Config, error) { return c.load(config.LoadToCompare) }

func (c Context) load(load func([]byte) (config.Config, error)) (config.Config, error) {
	cfg, err := load(c.JSON)
	if err = c.problems.Join(err); err != nil {
		return config.Config{}, err
	}
	return cfg, nil
}
