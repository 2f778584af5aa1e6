// SPDX-License-Identifier: Apache-2.0

// A stand-in for LiveKit's egress worker, which can't be installed as a Go module: it listens at Redis as the real one does,
// by the same libraries (livekit/protocol, livekit/psrpc), and makes no recording.
//
//	worker HOST:PORT    prints "listening" and stays until it is ended
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/livekit/protocol/redis"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	client, err := redis.GetRedisClient(&redis.RedisConfig{Address: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	bus := psrpc.NewRedisMessageBus(client)
	server, err := rpc.NewEgressInternalServer(rpc.UnimplementedEgressInternalServer{}, bus)
	if err != nil {
		log.Fatal(err)
	}
	if err = server.RegisterStartEgressTopic(""); err != nil {
		log.Fatal(err)
	}
	if err = client.Ping(context.Background()).Err(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	<-stop
	server.Shutdown()
}
