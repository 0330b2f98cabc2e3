//go:build unix

package fleet

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// containerPort is where the application of an image listens, as in the starter's Dockerfile.
const containerPort = "8080"

// Command is how an instance is started: Args, or Image.
type Command struct {
	// Args are the program and its arguments.
	Args []string
	// Env are variables as KEY=VALUE, over those of this process and those that the fleet sets.
	Env []string
	// Dir is where the program runs. Default: the working directory of this process.
	Dir string
	// Image is run by docker instead of Args. It must listen on port 8080.
	Image string
}

// String is the command as one would type it.
func (c Command) String() string {
	if c.Image != "" {
		return "docker run " + c.Image
	}
	return strings.Join(c.Args, " ")
}

// Version is a command with a name.
type Version struct {
	Name    string
	Command Command
}

// args is the program to start. Signals to docker reach the container, for docker passes them on.
func (c Command) args(container string, port int) []string {
	if c.Image == "" {
		return c.Args
	}
	args := []string{
		"docker", "run", "--rm", "--name", container,
		"-p", "127.0.0.1:" + strconv.Itoa(port) + ":" + containerPort, "-e", "PORT=" + containerPort,
	}
	for _, name := range append([]string{"INSTANCE_ID", "VERSION"}, names(c.Env)...) {
		args = append(args, "-e", name) // The value comes from docker's own environment, not its command line.
	}
	return append(args, c.Image)
}

// env is the environment of an instance. LISTEN_ADDRESS and HOST keep the application on the loopback
// interface; INSTANCE_ID and VERSION are what the starter answers with.
func (c Command) env(fleet, instance, version string, port int) []string {
	return append(append(os.Environ(), membership+"="+fleet,
		"PORT="+strconv.Itoa(port), "LISTEN_ADDRESS=127.0.0.1", "HOST=127.0.0.1",
		"INSTANCE_ID="+instance, "VERSION="+version), c.Env...)
}

func names(env []string) (names []string) {
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return names
}

// path is Args[0] where a program relative to this process is meant, while Dir is another directory.
func (c Command) path(program string) string {
	if c.Dir == "" || filepath.IsAbs(program) || !strings.Contains(program, string(filepath.Separator)) {
		return program
	}
	if absolute, err := filepath.Abs(program); err == nil {
		if _, err := os.Stat(absolute); err == nil {
			return absolute
		}
	}
	return program
}
