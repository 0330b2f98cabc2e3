package balancer

import "io"

// Bounded is the body of a request that is passed on, of a known length, and not read beyond that. An
// [http.Transport] looks whether there is more than was announced, and a server closes the body of a
// request when the answer to it begins: where the two meet, the transport ends the connection with the
// answer on it. A length below zero is unknown, and the body stays as it is.
func Bounded(body io.ReadCloser, length int64) io.ReadCloser {
	if length < 0 {
		return body
	}
	return &bounded{body, length}
}

type bounded struct {
	io.ReadCloser
	left int64
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
