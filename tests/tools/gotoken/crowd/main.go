// SPDX-License-Identifier: Apache-2.0

// Many participants at little cost: each a WebSocket to LiveKit and one peer connection without media, which is what
// LiveKit needs before it reports somebody as joined. Commands come by standard input, one a line; N is any word.
//
//	join N URL TOKEN    comes in        says "in N SID" when its transport is connected
//	leave N             takes its leave
//	drop N              is gone without a word: socket and transport close
//
// Whoever is out, or did not come in, is told as "out N WHY", once per join.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"github.com/pion/webrtc/v4"
	"google.golang.org/protobuf/proto"
)

var say sync.Mutex

func tell(format string, words ...any) {
	say.Lock()
	defer say.Unlock()
	fmt.Printf(format+"\n", words...)
}

type participant struct {
	name, sid string
	socket    *websocket.Conn
	write     sync.Mutex
	transport *webrtc.PeerConnection
	offered   bool
	early     []webrtc.ICECandidateInit
	over      sync.Once
	done      chan struct{}
}

func (p *participant) out(why string) {
	p.over.Do(func() {
		close(p.done)
		p.socket.Close()
		if p.transport != nil {
			p.transport.Close()
		}
		tell("out %s %s", p.name, strings.ReplaceAll(why, "\n", " "))
	})
}

func (p *participant) send(m *livekit.SignalRequest) error {
	raw, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	p.write.Lock()
	defer p.write.Unlock()
	return p.socket.WriteMessage(websocket.BinaryMessage, raw)
}

// What a browser does every few seconds; without, LiveKit takes the connection for dead.
func (p *participant) ping(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case now := <-tick.C:
			if p.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_PingReq{
				PingReq: &livekit.Ping{Timestamp: now.UnixMilli()}}}) != nil {
				return
			}
		}
	}
}

func (p *participant) joined(j *livekit.JoinResponse) (err error) {
	p.sid = j.Participant.Sid
	if j.PingInterval > 0 {
		go p.ping(time.Duration(j.PingInterval) * time.Second)
	}
	if p.transport, err = webrtc.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return err
	}
	p.transport.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c == nil {
			return
		}
		init, _ := json.Marshal(c.ToJSON())
		p.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Trickle{Trickle: &livekit.TrickleRequest{
			CandidateInit: string(init), Target: livekit.SignalTarget_SUBSCRIBER}}})
	})
	p.transport.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected:
			tell("in %s %s", p.name, p.sid)
		case webrtc.PeerConnectionStateFailed:
			go p.out("transport failed")
		}
	})
	return nil
}

func (p *participant) offer(o *livekit.SessionDescription) error {
	if err := p.transport.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: o.Sdp}); err != nil {
		return err
	}
	p.offered = true
	for _, c := range p.early {
		p.transport.AddICECandidate(c)
	}
	p.early = nil
	answer, err := p.transport.CreateAnswer(nil)
	if err == nil {
		err = p.transport.SetLocalDescription(answer)
	}
	if err != nil {
		return err
	}
	return p.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Answer{Answer: &livekit.SessionDescription{
		Type: "answer", Sdp: answer.SDP, Id: o.Id}}})
}

func (p *participant) trickle(t *livekit.TrickleRequest) error {
	var c webrtc.ICECandidateInit
	if t.Target != livekit.SignalTarget_SUBSCRIBER {
		return nil
	}
	if err := json.Unmarshal([]byte(t.CandidateInit), &c); err != nil {
		return err
	}
	if !p.offered {
		p.early = append(p.early, c)
		return nil
	}
	return p.transport.AddICECandidate(c)
}

func (p *participant) hear(m *livekit.SignalResponse) error {
	switch m := m.Message.(type) {
	case *livekit.SignalResponse_Join:
		return p.joined(m.Join)
	case *livekit.SignalResponse_Offer:
		return p.offer(m.Offer)
	case *livekit.SignalResponse_Trickle:
		return p.trickle(m.Trickle)
	case *livekit.SignalResponse_Leave:
		return fmt.Errorf("sent away: %s", m.Leave.Reason)
	}
	return nil
}

func (p *participant) listen() {
	for {
		_, raw, err := p.socket.ReadMessage()
		var m livekit.SignalResponse
		if err == nil {
			err = proto.Unmarshal(raw, &m)
		}
		if err == nil {
			err = p.hear(&m)
		}
		if err != nil {
			p.out(err.Error())
			return
		}
	}
}

func join(name, base, token string) (*participant, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	u = u.JoinPath("rtc")
	u.RawQuery = url.Values{"access_token": {token}, "protocol": {"15"}, "sdk": {"go"}, "version": {"2.0.0"},
		"auto_subscribe": {"0"}}.Encode()
	dialer := websocket.Dialer{HandshakeTimeout: 20 * time.Second}
	socket, answer, err := dialer.Dial(u.String(), nil)
	if err != nil {
		if answer != nil {
			err = fmt.Errorf("HTTP %d", answer.StatusCode)
		}
		return nil, err
	}
	return &participant{name: name, socket: socket, done: make(chan struct{})}, nil
}

func main() {
	var all sync.Map
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		w := strings.Fields(lines.Text())
		switch {
		case len(w) == 4 && w[0] == "join":
			go func() {
				p, err := join(w[1], w[2], w[3])
				if err != nil {
					tell("out %s %s", w[1], err)
					return
				}
				all.Store(w[1], p)
				p.listen()
			}()
		case len(w) == 2 && (w[0] == "leave" || w[0] == "drop"):
			if v, ok := all.Load(w[1]); ok {
				p := v.(*participant)
				if w[0] == "leave" {
					p.send(&livekit.SignalRequest{Message: &livekit.SignalRequest_Leave{Leave: &livekit.LeaveRequest{
						Reason: livekit.DisconnectReason_CLIENT_INITIATED}}})
				}
				go p.out(w[0])
			}
		default:
			fmt.Fprintf(os.Stderr, "crowd: %q is no command\n", lines.Text())
			os.Exit(64)
		}
	}
}
