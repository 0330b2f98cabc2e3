package deployedstate_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlaceholderAnswersEverythingWith200(t *testing.T) {
	t.Parallel()
	address := serve(t)
	page, err := os.ReadFile(filepath.Join("handler", "bundle", "html", "index.html"))
	require.NoError(t, err)

	for _, path := range []string{
		"/", "/readyz", "/any/path?x=1", "/index.html", "/html/", "/.git/config", "/a//b/./c",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			response, body := ask(t, method, address+path)
			assert.Equal(t, http.StatusOK, response.StatusCode, "%s %s", method, path)
			assert.Equal(t, "text/html", response.Header.Get("Content-Type"), "%s %s", method, path)
			assert.Equal(t, "nginx", response.Header.Get("Server"), "no version is given away")
			assert.Equal(t, "placeholder", response.Header.Get("X-App-Version"), "%s %s", method, path)
			if method != http.MethodHead {
				assert.True(t, body == string(page), "%s %s answers with another page", method, path)
			}
		}
	}

	first, _ := ask(t, http.MethodGet, address+"/")
	assert.Empty(t, first.Header.Get("ETag"), "a later request with it would be answered with 304")
	for header, value := range map[string]string{
		"If-Modified-Since": first.Header.Get("Last-Modified"), "Range": "bytes=0-9",
	} {
		response, _ := ask(t, http.MethodGet, address+"/", header, value)
		assert.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", header, value)
	}
}

func ask(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost || method == http.MethodPut {
		body = bytes.NewReader(make([]byte, 2<<20)) // More than nginx takes by default.
	}
	request, err := http.NewRequest(method, url, body)
	require.NoError(t, err)
	if len(header) == 2 {
		request.Header.Set(header[0], header[1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(content)
}

// serve runs the configuration of the bundle on a free port and returns its URL. Only the addresses
// and the root differ from what the image runs.
func serve(t *testing.T) string {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed: the placeholder is tested where it is (apt install nginx-light)")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())

	bundle, err := filepath.Abs(filepath.Join("handler", "bundle"))
	require.NoError(t, err)
	server, err := os.ReadFile(filepath.Join(bundle, "nginx", "default.conf"))
	require.NoError(t, err)
	changed := strings.NewReplacer(
		"listen 80 ", "listen "+address+" ",
		"listen [::]:80 default_server;", "",
		"/usr/share/nginx/html", filepath.Join(bundle, "html"),
	).Replace(string(server))
	require.Contains(t, changed, "listen "+address)

	dir := t.TempDir()
	config := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, surroundings, changed), 0o600))
	command := exec.Command(nginx, "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond, "nginx does not listen")
	return "http://" + address
}

// surroundings is what the image has around the file of the bundle, in one unprivileged process.
const surroundings = `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
    types { text/html html; }
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    %s
}
`
