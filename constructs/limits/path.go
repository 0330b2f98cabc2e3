package limits

import "fmt"

// path has no #: what follows one is never sent. Two slashes at the beginning would be followed by a host.
var path = whole(`/([!"$-.0-~][!"$-~]*)?`)

// Path checks the path of a request to the application, as it is sent: in printable ASCII, with
// everything else percent-encoded (RFC 3986).
func Path(s string) error {
	if path.MatchString(s) && len(s) <= 1024 {
		return nil
	}
	return fmt.Errorf("%s is not a path on the application; use %s", Quote(s), PathForm("/readyz"))
}

// PathForm says what a path looks like.
func PathForm(example string) string {
	return `a path of printable ASCII that begins with "/", such as ` + example
}
