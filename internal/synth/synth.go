package synth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

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

// verdict is the file in the cloud assembly that holds the digest of the last templates that passed
// the validation.
const verdict = ".validated"

// Run lets define fill an app, and writes its cloud assembly to outdir.
func Run(outdir string, define func(awscdk.App)) (Validation, error) {
	validate := os.Getenv(switchName) != "false"
	Start()
	if err := os.MkdirAll(outdir, 0o755); err != nil {
		return "", fmt.Errorf("cannot write the cloud assembly: %w", err)
	}
	staging, err := newStaging(outdir)
	if err != nil {
		return "", fmt.Errorf("cannot write the cloud assembly: %w", err)
	}
	defer os.RemoveAll(staging)

	how := Skipped
	if err := synthesize(staging, define, false); err != nil {
		return "", err
	}
	if validate {
		digest, err := templatesDigest(staging)
		if err != nil {
			return "", err
		}
		how = Unchanged
		if seen, _ := os.ReadFile(filepath.Join(outdir, verdict)); string(seen) != digest {
			how = Validated
			if err := synthesize(staging, define, true); err != nil {
				return "", err
			}
		}
		if err := os.WriteFile(filepath.Join(staging, verdict), []byte(digest), 0o644); err != nil {
			return "", err
		}
	}
	return how, publish(staging, outdir)
}

// Refusal is what CDK, or a construct, panicked with.
type Refusal struct {
	Cause any
	// Stack is where.
	Stack []byte
}

// Error is the cause alone, which is all that most readers can use.
func (r Refusal) Error() string { return fmt.Sprint(r.Cause) }

// synthesize runs CDK once. CDK reports what is wrong by panicking.
func synthesize(dir string, define func(awscdk.App), validate bool) (err error) {
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
