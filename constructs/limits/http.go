package limits

import "errors"

// AllowHTTP checks the reason for which a load balancer serves plain HTTP; without a certificate there
// has to be one.
func AllowHTTP(reason, certificateARN string) error {
	if reason == "" && certificateARN == "" {
		return errors.New("there is neither a certificate nor a reason to serve plain HTTP, which everyone on the way can read and change; " +
			"give the ARN of an ACM certificate, or say here in two words or more why HTTP is acceptable")
	}
	return Reason(reason, "plain HTTP is acceptable")
}
