// SPDX-License-Identifier: Apache-2.0

// LiveKit's own Go library, as a judge of our tokens and as the other hand that signs webhooks.
//
//	gotoken verify KEY SECRET < token    prints the claims as JSON; exit 1 when the library refuses the token
//	gotoken sign KEY SECRET < body       prints the Authorization value of a webhook with this body
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/livekit/protocol/auth"
)

func verify(key, secret, token string) (string, error) {
	v, err := auth.ParseAPIToken(token)
	if err != nil {
		return "", err
	}
	if v.APIKey() != key {
		return "", fmt.Errorf("issuer %q", v.APIKey())
	}
	_, grants, err := v.Verify(secret)
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(struct {
		Identity string
		*auth.ClaimGrants
		Config any
	}{v.Identity(), grants, grants.RoomConfig})
	return string(out), err
}

func sign(key, secret string, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	return auth.NewAccessToken(key, secret).SetValidFor(5 * time.Minute).
		SetSha256(base64.StdEncoding.EncodeToString(sum[:])).ToJWT()
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	var out string
	switch {
	case err != nil:
	case len(os.Args) == 4 && os.Args[1] == "verify":
		out, err = verify(os.Args[2], os.Args[3], strings.TrimSpace(string(input)))
	case len(os.Args) == 4 && os.Args[1] == "sign":
		out, err = sign(os.Args[2], os.Args[3], input)
	default:
		err = fmt.Errorf("usage: gotoken verify|sign KEY SECRET")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotoken:", err)
		os.Exit(1)
	}
	fmt.Println(out)
}
