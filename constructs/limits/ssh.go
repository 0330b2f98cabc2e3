package limits

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// newKey is the advice for everyone whose key IAM does not take.
const newKey = "make a pair with `ssh-keygen -t rsa -b 4096` and use the content of the .pub file"

// SSHPublicKey checks the public key of an IAM user for Git over SSH: RSA, 2048 bits or more, one
// line (IAM API Reference, UploadSSHPublicKey). The key is never part of the error, for it may be
// a private one.
func SSHPublicKey(key string) error {
	if strings.Contains(key, "PRIVATE KEY") {
		return fmt.Errorf("this is a private key, and it is no longer a secret where it has been written down; %s", newKey)
	}
	parsed, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(key))
	switch {
	case err != nil && strings.Contains(key, "PUBLIC KEY"):
		return fmt.Errorf(`this is not the form of a public key that begins with ssh-rsa; convert it with "ssh-keygen -i -m PKCS8 -f key.pub"`)
	case err != nil:
		return fmt.Errorf("this is not a public key of SSH, which is one line that begins with ssh-rsa; %s", newKey)
	case strings.TrimSpace(string(rest)) != "":
		return fmt.Errorf("there is more than one line; use one public key")
	case len(options) > 0:
		return fmt.Errorf("there are options before the key; use the line from ssh-rsa on")
	case parsed.Type() != ssh.KeyAlgoRSA:
		return fmt.Errorf("IAM takes RSA keys only and this one is %s; %s", parsed.Type(), newKey)
	}
	// The parser itself refuses more than 16384 bits, as IAM does.
	if n := bitsOf(parsed); n < 2048 {
		return fmt.Errorf("IAM takes RSA keys of 2048 bits or more and this one has %d; %s", n, newKey)
	}
	return nil
}

func bitsOf(key ssh.PublicKey) int {
	if holder, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := holder.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public.N.BitLen()
		}
	}
	return 0
}
