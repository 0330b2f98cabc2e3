// Package fleet runs instances of an application as processes of this machine, each on a loopback
// port of its own: what stands for the servers of an environment in a rehearsal.
//
//	f, err := fleet.New(dir)
//	defer f.Close()
//	i, err := f.Start(ctx, fleet.Version{Name: "v1", Command: fleet.Command{Args: []string{"./app"}}})
//	err = i.Replace(ctx, fleet.Version{…}, 30*time.Second)
//
// An instance listens where PORT says. It is told to stop as the first process of a container is:
// SIGTERM to that process only, then SIGKILL to everything it has started. Nothing outlives the fleet,
// not even where its own process is killed: on Linux the kernel ends the instances then, and a guard,
// a shell that waits for that end, ends what they have started. Only a process that has made a session of
// its own is beyond reach.
//
// What it is not: a sandbox. Instances share the machine's files, memory and processors. It needs a
// Unix, and for images the docker command.
package fleet
