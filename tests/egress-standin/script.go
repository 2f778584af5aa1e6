// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"log"
	"os"
)

// What shall go wrong with a job: {"ROOM": {…}, "*": {…}}, read anew for each job, "*" for rooms without an entry.
type script struct {
	Refuse     bool     `json:"refuse"`       // doesn't bid, as a busy worker: the server answers 503 after 22 s
	StartError string   `json:"start_error"`  // the server's call is answered with this error
	AnswerMS   int      `json:"answer_ms"`    // before the server's call is answered
	ActiveMS   int      `json:"active_ms"`    // from then until ACTIVE
	EndingMS   int      `json:"ending_ms"`    // from ENDING until the file is there
	EndAfterMS int      `json:"end_after_ms"` // ends by itself after so long an ACTIVE
	Start      string   `json:"start"`        // "fail", "abort": instead of ACTIVE
	End        string   `json:"end"`          // "fail", "abort", "limit": instead of COMPLETE
	Die        string   `json:"die"`          // "starting", "active", "ending": SIGKILLs itself right after reporting it
	Twice      bool     `json:"twice"`        // says everything twice
	Skip       []string `json:"skip"`         // statuses that are never reported ("active", "ending", "complete" …)
	Late       []string `json:"late"`         // statuses that are reported after the end
	LengthS    float64  `json:"length_s"`     // of the file; 0 is as long as the recording ran
	Truncate   int64    `json:"truncate"`     // bytes that are written of it; 0 is all
}

func readScript(path, room string) script {
	all := map[string]script{}
	if path == "" {
		return script{}
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		log.Fatalf("the script: %v", err)
	}
	if s, ok := all[room]; ok {
		return s
	}
	return all["*"]
}
