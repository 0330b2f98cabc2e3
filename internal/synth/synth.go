package synth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// Validation tells how a synth came to trust its templates.
type Validation string

// The ways to trust templates.
const (
	// Validated means that the validation ran.
	Validated Validation = "validated"
	// Unchanged means that it ran in an earlier synth, over the same templates.
	Unchanged Validation = "unchanged since they were validated"
	// Skipped means that CDK_VALIDATION=false asked for none.
	Skipped Validation = "NOT validated (CDK_VALIDATION=false)"
)

// Inputs is all that the templates are made of, beside the program itself.
type Inputs struct {
	// Context is CDK's context, a JSON object: the configuration and the feature flags. CDK gets it from
	// here alone.
	Context []byte
	// Source is a directory that becomes an asset.
	Source string
}

// Run lets define fill an app, and writes its cloud assembly to outdir. Where neither the inputs nor
// the assembly have changed since the last time, it leaves it at that.
func Run(outdir string, inputs Inputs, define func(awscdk.App)) (Validation, error) {
	validate := os.Getenv(switchName) != "false"
	digest, err := inputs.digest()
	if err != nil {
		return "", fmt.Errorf("cannot read what the templates are made of: %w", err)
	}
	last := readRecord(outdir)
	if last.Inputs == digest && last.intact(outdir) && (last.trusted() || !validate) {
		return last.how(), nil
	}

	context := map[string]any{}
	if len(inputs.Context) > 0 {
		if err := json.Unmarshal(inputs.Context, &context); err != nil {
			return "", fmt.Errorf("the context is not a JSON object: %w", err)
		}
	}
	if _, err := exec.LookPath(cmp.Or(os.Getenv("JSII_NODE"), "node")); err != nil {
		return "", errors.New("CDK runs in Node.js, and there is none on the PATH; install version 22 or 24, or name it in JSII_NODE")
	}
	Start()
	staging, err := newStaging(outdir)
	if err != nil {
		if cause := (*fs.PathError)(nil); errors.As(err, &cause) {
			err = cause.Err
		}
		return "", fmt.Errorf("%s: the cloud assembly cannot be written there (%w); make the directory writable, or name another with --output", outdir, err)
	}
	defer os.RemoveAll(staging)

	if err := synthesize(staging, context, define, false); err != nil {
		return "", err
	}
	next, err := newRecord(staging, digest)
	if err != nil {
		return "", err
	}
	next.Validated = last.Validated
	how := next.how()
	if validate && !next.trusted() {
		if err := synthesize(staging, context, define, true); err != nil {
			return "", err
		}
		if next, err = newRecord(staging, digest); err != nil {
			return "", err
		}
		next.Validated, how = next.Templates, Validated
	}
	return how, publish(staging, outdir, last, next)
}

// Refusal is what CDK, or a construct, panicked with.
type Refusal struct {
	Cause any
	// Stack is where.
	Stack []byte
}

// Error is the cause alone, which is all that most readers can use.
func (r Refusal) Error() string {
	text := fmt.Sprint(r.Cause)
	if root := os.Getenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT"); strings.Contains(text, "package-cache") || root != "" && strings.Contains(text, root) {
		text += "; CDK's library is unpacked there once: make the directory writable, name another in JSII_RUNTIME_PACKAGE_CACHE_ROOT, " +
			"or set JSII_RUNTIME_PACKAGE_CACHE=disabled to unpack it at every synth, which takes longer"
	}
	if text == "no response received from child process" {
		return "Node.js, which runs CDK, ended without an answer; try `node --version`, and JSII_NODE where it is set"
	}
	return text
}

// synthesize runs CDK once. CDK reports what is wrong by panicking.
func synthesize(dir string, context map[string]any, define func(awscdk.App), validate bool) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = Refusal{cause, debug.Stack()}
		}
	}()
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir:    &dir,
		AutoSynth: new(false),
		// The version report would change the templates with every refactoring.
		AnalyticsReporting: new(false),
		Context:            &context,
		PostCliContext: &map[string]any{
			// The findings are reported below, and end the synth before anything is published.
			"@aws-cdk/core:failSynthOnValidationErrors": false,
			// Seen from Go, every construct is created in CDK's own code, in a directory that has
			// another name each time.
			"aws:cdk:disable-creation-stack-traces": true,
		},
	})
	if validate {
		awscdk.Validations_Of(app).AddPlugins(awscdk.NewCloudFormationValidatePlugin(nil))
	}
	define(app)
	app.Synth(nil)
	if err := normalizeModes(dir); err != nil {
		return err
	}
	findings, err := Findings(dir)
	if err != nil {
		return err
	}
	for _, finding := range findings {
		if finding.Fails() {
			err = errors.Join(err, finding)
		}
	}
	return err
}
