// SPDX-License-Identifier: Apache-2.0

// The smallest Go server that mints a LiveKit join token: no session, no room, no database. What a join is measured beside
// (tests/bench). Port, key and secret come in the environment.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/livekit/protocol/auth"
)

func main() {
	key, secret := os.Getenv("PEER_KEY"), os.Getenv("PEER_SECRET")
	yes := true
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ RoomName string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		grant := &auth.VideoGrant{RoomJoin: true, Room: asked.RoomName, CanPublish: &yes, CanSubscribe: &yes, CanPublishData: &yes}
		token, err := auth.NewAccessToken(key, secret).SetIdentity("somebody").SetName("Some Body").
			SetValidFor(30 * time.Minute).SetVideoGrant(grant).ToJWT()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"name": asked.RoomName, "token": token})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PEER_PORT"), nil))
}
