package synth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Finding is what CDK's validation has to say of a cloud assembly.
type Finding struct {
	// Rule identifies the rule, such as E3687 or Annotation::AwsSolutions-IAM4.
	Rule string
	// Description says what is wrong.
	Description string
	// Severity is CDK's word for it. See [Finding.Fails].
	Severity string
	// Paths are the constructs that it is about.
	Paths []string
}

// Fails tells whether the finding ends a synth.
func (f Finding) Fails() bool { return f.Severity == "error" || f.Severity == "fatal" }

// Error names the constructs, what is wrong with them, and the rule.
func (f Finding) Error() string {
	return fmt.Sprintf("%s: %s (%s)", strings.Join(f.Paths, ", "), shorten(f.Description), f.Rule)
}

var catalogue = regexp.MustCompile(`\[('[^']*', ){12,}'[^']*'\]`)

// shorten counts what CDK lists by the hundred, such as the instance classes of a region.
func shorten(description string) string {
	return catalogue.ReplaceAllStringFunc(description, func(list string) string {
		return fmt.Sprintf("the %d that CDK knows", strings.Count(list, "', '")+1)
	})
}

// Findings reads the validation report of the assembly in dir. There is none where nothing was
// validated and no construct was annotated.
func Findings(dir string) ([]Finding, error) {
	text, err := os.ReadFile(filepath.Join(dir, "validation-report.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var report struct {
		PluginReports []struct {
			Violations []struct {
				RuleName, Description, Severity string
				ViolatingConstructs             []struct{ ConstructPath string }
			}
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("cannot read CDK's validation report: %w", err)
	}
	var findings []Finding
	for _, plugin := range report.PluginReports {
		for _, v := range plugin.Violations {
			finding := Finding{Rule: v.RuleName, Description: v.Description, Severity: v.Severity}
			for _, c := range v.ViolatingConstructs {
				finding.Paths = append(finding.Paths, c.ConstructPath)
			}
			findings = append(findings, finding)
		}
	}
	return findings, nil
}
