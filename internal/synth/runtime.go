package synth

import (
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/aws/jsii-runtime-go"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/cdkcontext"
	_ "github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth/temporary" // before jsii starts
)

// switchName is CDK's own switch for its validation of templates.
const switchName = "CDK_VALIDATION"

// environment is what the Node.js process is told.
var environment = map[string]string{
	// CDK validates in each synth unless told not to, and most of ten seconds goes into starting the
	// engine. It is off by default and added to the app where it has something to say.
	switchName: "false",
	// jsii warns in capitals about these major versions of Node.js. 20 works; that its life has
	// ended is for README to say.
	"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
}

// Start prepares the Node.js process that runs CDK. It has to be called before anything of CDK is.
//
// jsii takes its copy of the environment when the Go program is loaded, before main; what is set
// later it would not see. Closing it makes it begin anew, and costs little while no process runs.
func Start() {
	for name, value := range environment {
		os.Setenv(name, value)
	}
	// CDK would let these win over the context that it is given.
	os.Unsetenv(cdkcontext.Variable)
	os.Unsetenv(cdkcontext.OverflowVariable)
	jsii.Close()
}

// Stop ends the Node.js process. After it, os.Stderr is gone: the last thing a program does.
//
// jsii-runtime-go 1.139.0 waits for its process twice at the same time, and whichever comes second
// reports that there is no child any more, as if something had gone wrong. Everything else that
// comes out while it closes is passed on.
func Stop() {
	stderr := os.Stderr
	reader, writer, err := os.Pipe()
	if err != nil {
		jsii.Close()
		return
	}
	os.Stderr = writer
	jsii.Close()
	writer.Close()
	rest, _ := io.ReadAll(reader)
	for line := range strings.Lines(string(rest)) {
		if !strings.HasPrefix(line, "Runtime process exited abnormally") {
			io.WriteString(stderr, line)
		}
	}
}

// libraryVersion is the version of aws-cdk-lib that this program was built with.
func libraryVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasPrefix(module.Path, "github.com/aws/aws-cdk-go/awscdk/") {
			return module.Version
		}
	}
	return ""
}
