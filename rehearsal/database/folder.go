package database

import (
	"bufio"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed keeper.sh
var keeper string

// folder is a folder for one process group. A small process beside this one keeps it, and stops that
// group and removes the folder if this one is killed.
type folder struct {
	path   string
	keeper *exec.Cmd
	line   io.WriteCloser
}

func newFolder(base string) (*folder, error) {
	base, err := filepath.Abs(base)
	if err != nil {
		return nil, err
	}
	f := &folder{path: filepath.Join(base, "rehearsal-database-"+randomName())}
	f.keeper = exec.Command("sh", "-c", keeper, "sh", f.path)
	f.keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process only.
	if f.line, err = f.keeper.StdinPipe(); err != nil {
		return nil, err
	}
	var said strings.Builder
	f.keeper.Stderr = &said
	output, err := f.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := f.keeper.Start(); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the database: %w", err)
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		_ = f.line.Close()
		_ = f.keeper.Wait()
		return nil, fmt.Errorf("cannot make the folder of the database: %s", strings.TrimSpace(said.String()))
	}
	return f, nil
}

// use tells the keeper which process group uses the folder; 0 for none.
func (f *folder) use(group int) {
	line := "\n"
	if group != 0 {
		line = fmt.Sprintln(group)
	}
	_, _ = io.WriteString(f.line, line)
}

// remove returns once the folder is gone.
func (f *folder) remove() error {
	_ = f.line.Close()
	_ = f.keeper.Wait()
	err := os.RemoveAll(f.path) // in case something killed the keeper
	if err != nil {
		return errors.Join(errors.New("the folder of the database cannot be removed"), err)
	}
	return nil
}

// randomName returns 16 hexadecimal digits.
func randomName() string {
	var random [8]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}
