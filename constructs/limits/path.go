package limits

import (
	"fmt"
	"strings"
)

// Path checks the path of a request to the application.
func Path(path string) error {
	if strings.HasPrefix(path, "/") && !strings.ContainsAny(path, " \t\r\n#") && len(path) <= 1024 {
		return nil
	}
	return fmt.Errorf(`%s is not a path on the application; use one that begins with "/", such as /readyz`, Quote(path))
}
