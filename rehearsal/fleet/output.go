//go:build unix

package fleet

import (
	"io"
	"os"
	"strings"
)

// LastOutput is the end of what the process has written, ten lines at most.
func (i *Instance) LastOutput() string {
	if i.log == "" {
		return ""
	}
	i.mu.Lock()
	began := i.began
	i.mu.Unlock()
	file, err := os.Open(i.log)
	if err != nil {
		return ""
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	const enough = 8 << 10
	text, err := io.ReadAll(io.NewSectionReader(file, max(began, info.Size()-enough), enough))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
