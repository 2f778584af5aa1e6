// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/livekit/protocol/egress"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"google.golang.org/protobuf/proto"
)

// The worker: bids for jobs and starts them.
type worker struct {
	conf   *config
	script string
	bus    psrpc.MessageBus
	io     rpc.IOInfoClient
	server rpc.EgressInternalServer

	mu   sync.Mutex
	jobs map[string]*job
	busy sync.WaitGroup
}

func newWorker(conf *config, script string, client goredis.UniversalClient) (*worker, error) {
	w := &worker{conf: conf, script: script, bus: psrpc.NewRedisMessageBus(client), jobs: map[string]*job{}}
	var err error
	if w.io, err = rpc.NewIOInfoClient(w.bus); err != nil {
		return nil, err
	}
	if w.server, err = rpc.NewEgressInternalServer(w, w.bus); err != nil {
		return nil, err
	}
	if err = w.server.RegisterStartEgressTopic(""); err != nil {
		return nil, err
	}
	return w, w.server.RegisterListActiveEgressTopic("")
}

func (w *worker) StartEgressAffinity(_ context.Context, req *rpc.StartEgressRequest) float32 {
	if readScript(w.script, req.GetRoomComposite().GetRoomName()).Refuse {
		return -1
	}
	return 1
}

func (w *worker) StartEgress(ctx context.Context, req *rpc.StartEgressRequest) (*livekit.EgressInfo, error) {
	composite := req.GetRoomComposite()
	if composite == nil {
		return nil, psrpc.NewErrorf(psrpc.Unimplemented, "the stand-in records room composites only")
	}
	s := readScript(w.script, composite.RoomName)
	log.Printf("%s: is asked to record %s", req.EgressId, composite.RoomName)
	time.Sleep(time.Duration(s.AnswerMS) * time.Millisecond)
	if s.StartError != "" {
		return nil, psrpc.NewError(psrpc.Internal, errors.New(s.StartError))
	}
	j, err := newJob(w, s, req)
	if err != nil {
		return nil, psrpc.NewError(psrpc.InvalidArgument, err)
	}
	answer := proto.Clone(j.info).(*livekit.EgressInfo)
	if _, err = w.io.CreateEgress(ctx, answer); err != nil {
		return nil, psrpc.NewError(psrpc.Internal, fmt.Errorf("no record of the egress: %w", err))
	}
	w.mu.Lock()
	w.jobs[j.info.EgressId] = j
	w.mu.Unlock()
	w.busy.Add(1)
	go j.run()
	return answer, nil
}

func (w *worker) ListActiveEgress(context.Context, *rpc.ListActiveEgressRequest) (*rpc.ListActiveEgressResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &rpc.ListActiveEgressResponse{}
	for id := range w.jobs {
		out.EgressIds = append(out.EgressIds, id)
	}
	return out, nil
}

func (w *worker) done(j *job) {
	w.mu.Lock()
	delete(w.jobs, j.info.EgressId)
	w.mu.Unlock()
	w.busy.Done()
}

func (w *worker) endAll(why reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		j.end(why)
	}
}

// drain takes no more jobs and waits for those that run.
func (w *worker) drain() {
	w.server.DeregisterStartEgressTopic("")
	w.busy.Wait()
	w.server.Kill()
}

// redacted is the request as reports carry it.
func redacted(r *livekit.RoomCompositeEgressRequest) *livekit.RoomCompositeEgressRequest {
	c := proto.Clone(r).(*livekit.RoomCompositeEgressRequest)
	egress.RedactEncodedOutputs(c)
	return c
}
