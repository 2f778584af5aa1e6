// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"
)

type reason string

const (
	reasonStop      reason = "End reason: StopEgress API"
	reasonGone      reason = "End reason: Source closed"
	reasonLimit     reason = "End reason: Limit reached"
	reasonInterrupt reason = "End reason: Service terminated"
	reasonKilled    reason = "End reason: Killed"
)

// One egress. info is the worker's and the handler's, under mu.
type job struct {
	w      *worker
	script script
	req    *livekit.RoomCompositeEgressRequest
	output *livekit.EncodedFileOutput
	upload *livekit.S3Upload

	mu   sync.Mutex
	info *livekit.EgressInfo
	stop chan reason
	late []*livekit.EgressInfo
}

func newJob(w *worker, s script, req *rpc.StartEgressRequest) (*job, error) {
	composite := req.GetRoomComposite()
	j := &job{w: w, script: s, req: composite, stop: make(chan reason, 1)}
	switch {
	case len(composite.FileOutputs) == 1:
		j.output = composite.FileOutputs[0]
	case composite.GetFile() != nil:
		j.output = composite.GetFile()
	default:
		return nil, fmt.Errorf("request has no file output")
	}
	if j.upload = j.output.GetS3(); j.upload == nil {
		j.upload = w.conf.upload()
	}
	now := time.Now().UnixNano()
	j.info = &livekit.EgressInfo{EgressId: req.EgressId, RoomId: req.RoomId, RoomName: composite.RoomName,
		SourceType: livekit.EgressSourceType_EGRESS_SOURCE_TYPE_WEB, StartedAt: now, UpdatedAt: now,
		Request: &livekit.EgressInfo_RoomComposite{RoomComposite: redacted(composite)}}
	file := &livekit.FileInfo{Filename: j.filename()}
	j.info.FileResults = []*livekit.FileInfo{file}
	j.info.Result = &livekit.EgressInfo_File{File: file}
	return j, nil
}

// filename fills the names that the worker knows into the asked path, and gives it an extension.
func (j *job) filename() string {
	name := j.output.Filepath
	if name == "" || strings.HasSuffix(name, "/") {
		name += "{room_name}-{time}"
	}
	name = strings.NewReplacer("{room_name}", j.info.RoomName, "{room_id}", j.info.RoomId, "{egress_id}", j.info.EgressId,
		"{time}", time.Now().UTC().Format("2006-01-02T150405")).Replace(name)
	if path.Ext(name) != ".mp4" {
		name += ".mp4"
	}
	return name
}

// report tells the server how things stand, as the script lets it.
func (j *job) report(s livekit.EgressStatus, change func(*livekit.EgressInfo)) {
	word := strings.ToLower(strings.TrimPrefix(s.String(), "EGRESS_"))
	j.mu.Lock()
	j.info.Status = s
	j.info.UpdatedAt = time.Now().UnixNano()
	change(j.info)
	info := proto.Clone(j.info).(*livekit.EgressInfo)
	j.mu.Unlock()
	switch {
	case slices.Contains(j.script.Skip, word):
	case slices.Contains(j.script.Late, word):
		j.late = append(j.late, info)
	default:
		j.send(info)
	}
	j.die(word)
}

func (j *job) send(info *livekit.EgressInfo) {
	for n := 0; n == 0 || (n == 1 && j.script.Twice); n++ {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if _, err := j.w.io.UpdateEgress(ctx, info); err != nil {
			log.Printf("%s: %s was not taken: %v", info.EgressId, info.Status, err)
		}
		cancel()
	}
}

func (j *job) die(word string) {
	if j.script.Die == word {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// end asks for the end; the first reason counts.
func (j *job) end(why reason) {
	select {
	case j.stop <- why:
	default:
	}
}

func (j *job) run() {
	defer j.w.done(j)
	handler, err := rpc.NewEgressHandlerServer(j, j.w.bus)
	if err != nil {
		log.Fatal(err)
	}
	id := j.info.EgressId
	for _, register := range []func(string) error{handler.RegisterStopEgressTopic, handler.RegisterUpdateStreamTopic,
		handler.RegisterUpdateEgressTopic} {
		if err = register(id); err != nil {
			log.Fatal(err)
		}
	}
	j.record()
	handler.Kill()
	for _, info := range j.late {
		j.send(info)
	}
}

func (j *job) record() {
	j.die("starting")
	select {
	case why := <-j.stop:
		j.neverBegan(livekit.EgressStatus_EGRESS_ABORTED, why)
		return
	case <-time.After(time.Duration(j.script.ActiveMS) * time.Millisecond):
	}
	switch j.script.Start {
	case "fail":
		j.neverBegan(livekit.EgressStatus_EGRESS_FAILED, "")
		return
	case "abort":
		j.neverBegan(livekit.EgressStatus_EGRESS_ABORTED, "")
		return
	}
	j.report(livekit.EgressStatus_EGRESS_ACTIVE, func(i *livekit.EgressInfo) {
		i.GetFile().StartedAt = time.Now().UnixNano()
	})
	j.finish(j.wait())
}

// neverBegan: from started straight to ended.
func (j *job) neverBegan(s livekit.EgressStatus, why reason) {
	j.report(s, func(i *livekit.EgressInfo) {
		now := time.Now().UnixNano()
		i.EndedAt, i.Details = now, string(why)
		i.GetFile().StartedAt, i.GetFile().EndedAt = now, now
		i.Error, i.ErrorCode = "Start signal not received", http.StatusPreconditionFailed
		if s == livekit.EgressStatus_EGRESS_FAILED {
			i.Error, i.ErrorCode = "page load error", http.StatusInternalServerError
		}
	})
}

// wait returns why the recording ends: stopped, a limit, or a room that is no more.
func (j *job) wait() reason {
	var limit <-chan time.Time
	if j.script.EndAfterMS > 0 {
		limit = time.After(time.Duration(j.script.EndAfterMS) * time.Millisecond)
	}
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case why := <-j.stop:
			return why
		case <-limit:
			return reasonLimit
		case <-look.C:
			if j.isRoomGone() {
				return reasonGone
			}
		}
	}
}

// isRoomGone: the worker's page is sent away when the room ends; this stand-in, which is not in it, asks.
func (j *job) isRoomGone() bool {
	token, err := auth.NewAccessToken(j.w.conf.APIKey, j.w.conf.APISecret).
		SetVideoGrant(&auth.VideoGrant{RoomList: true}).SetValidFor(time.Minute).ToJWT()
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if ctx, err = twirp.WithHTTPRequestHeaders(ctx, http.Header{"Authorization": {"Bearer " + token}}); err != nil {
		log.Fatal(err)
	}
	rooms := livekit.NewRoomServiceProtobufClient("http"+strings.TrimPrefix(j.w.conf.URL, "ws"), http.DefaultClient)
	answer, err := rooms.ListRooms(ctx, &livekit.ListRoomsRequest{Names: []string{j.info.RoomName}})
	return err == nil && len(answer.Rooms) == 0
}

// finish: ENDING, the file, and how it ended.
func (j *job) finish(why reason) {
	if why != reasonKilled {
		j.report(livekit.EgressStatus_EGRESS_ENDING, func(i *livekit.EgressInfo) { i.Details = string(why) })
	}
	j.mu.Lock()
	file := j.info.GetFile()
	file.EndedAt = time.Now().UnixNano()
	file.Duration = file.EndedAt - file.StartedAt
	j.mu.Unlock()
	status, text := livekit.EgressStatus_EGRESS_COMPLETE, ""
	switch {
	case why == reasonKilled:
		status, text = livekit.EgressStatus_EGRESS_FAILED, "handler killed"
	case why == reasonInterrupt:
		status, text = livekit.EgressStatus_EGRESS_FAILED, "service terminated"
	case j.script.End == "fail":
		status, text = livekit.EgressStatus_EGRESS_FAILED, "Streaming error"
	case j.script.End == "abort":
		status, text = livekit.EgressStatus_EGRESS_ABORTED, "Egress aborted"
	case j.script.End == "limit" || why == reasonLimit:
		status = livekit.EgressStatus_EGRESS_LIMIT_REACHED
	}
	time.Sleep(time.Duration(j.script.EndingMS) * time.Millisecond)
	var p product
	var err error
	if why != reasonKilled && j.script.End != "fail" {
		p, err = j.store()
	}
	if err != nil {
		status, text = livekit.EgressStatus_EGRESS_FAILED, err.Error()
	}
	j.report(status, func(i *livekit.EgressInfo) {
		i.EndedAt, i.Error, i.ManifestLocation = time.Now().UnixNano(), text, p.manifest
		if text != "" {
			i.ErrorCode = http.StatusBadRequest
		}
		i.GetFile().Size, i.GetFile().Location = p.size, p.location
	})
}

func (j *job) snapshot() *livekit.EgressInfo {
	info := proto.Clone(j.info).(*livekit.EgressInfo)
	info.FileResults = []*livekit.FileInfo{info.GetFile()}
	return info
}

// StopEgress answers with what is true right after it: ENDING, and while starting the state as it is.
func (j *job) StopEgress(context.Context, *livekit.StopEgressRequest) (*livekit.EgressInfo, error) {
	j.end(reasonStop)
	j.mu.Lock()
	defer j.mu.Unlock()
	info := j.snapshot()
	if info.Status == livekit.EgressStatus_EGRESS_ACTIVE {
		now := time.Now().UnixNano()
		info.Status, info.UpdatedAt, info.Details = livekit.EgressStatus_EGRESS_ENDING, now, string(reasonStop)
		file := info.FileResults[0]
		file.EndedAt, file.Duration = now, now-file.StartedAt
	}
	return info, nil
}

func (j *job) UpdateStream(context.Context, *livekit.UpdateStreamRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.InvalidArgument, "no stream outputs")
}

func (j *job) UpdateEgress(context.Context, *livekit.UpdateEgressRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.InvalidArgument, "no stream outputs")
}
