// SPDX-License-Identifier: Apache-2.0

// A stand-in for LiveKit's egress worker, which can't be installed as a Go module. It takes the worker's place on the real path:
// by the same libraries (livekit/protocol, livekit/psrpc) it takes jobs from a real livekit-server through a real Redis and
// reports as the worker does, so that the server sends the real webhooks. It joins no room: the MP4, of the length that the
// recording had, shows ffmpeg's test picture. What the worker was measured to do, it does; the script (script.go) says what
// goes wrong.
//
//	egress-standin --config EGRESS.YAML [--script SCRIPT.JSON]    prints "listening" and stays until it is ended
//
// EGRESS.YAML is the worker's own configuration; used are redis, api_key, api_secret, ws_url and s3 or storage.s3, and what is
// no field of the worker's is refused. As with the worker, EGRESS_CONFIG_FILE names it, too. SIGTERM takes no more jobs and lets the running ones end; SIGINT ends them as
// failed, their files kept; SIGUSR1 is the death of each job's handler.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	"github.com/livekit/protocol/redis"
	"gopkg.in/yaml.v3"
)

type s3Config struct {
	AccessKey      string `yaml:"access_key"`
	Secret         string `yaml:"secret"`
	Region         string `yaml:"region"`
	Endpoint       string `yaml:"endpoint"`
	Bucket         string `yaml:"bucket"`
	ForcePathStyle bool   `yaml:"force_path_style"`
}

type config struct {
	Redis     redis.RedisConfig `yaml:"redis"`
	APIKey    string            `yaml:"api_key"`
	APISecret string            `yaml:"api_secret"`
	URL       string            `yaml:"ws_url"`
	S3        *s3Config         `yaml:"s3"`
	Storage   struct {
		S3 *s3Config `yaml:"s3"`
	} `yaml:"storage"`
	unused `yaml:",inline"`
}

// unused is what the worker's configuration (pkg/config of github.com/livekit/egress in 2026, its README "Config") has beside that
// and Bedrud writes or its pages name, with the worker's own types, so that no word of ours is one that it wouldn't know.
type unused struct {
	Insecure   bool           `yaml:"insecure"`
	Logging    *logger.Config `yaml:"logging"`
	HealthPort int            `yaml:"health_port"`
	CPUCost    struct {
		RoomComposite      float64 `yaml:"room_composite_cpu_cost"`
		AudioRoomComposite float64 `yaml:"audio_room_composite_cpu_cost"`
		MaxUtilization     float64 `yaml:"max_cpu_utilization"`
	} `yaml:"cpu_cost"`
	Limits struct {
		File time.Duration `yaml:"file_output_max_duration"`
	} `yaml:"session_limits"`
	ChromeSandbox bool `yaml:"enable_chrome_sandbox"`
	TemplatePort  int  `yaml:"template_port"`
}

// upload is where files go whose request names no storage, nil for this machine.
func (c *config) upload() *livekit.S3Upload {
	s := c.S3
	if c.Storage.S3 != nil {
		s = c.Storage.S3
	}
	if s == nil {
		return nil
	}
	return &livekit.S3Upload{AccessKey: s.AccessKey, Secret: s.Secret, Region: s.Region, Endpoint: s.Endpoint,
		Bucket: s.Bucket, ForcePathStyle: s.ForcePathStyle}
}

func readConfig(path string) (*config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &config{}
	reader := yaml.NewDecoder(bytes.NewReader(text))
	reader.KnownFields(true) // unlike the worker, which passes over what it doesn't know
	if err = reader.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Redis.Address == "" || c.APIKey == "" || c.APISecret == "" || c.URL == "" {
		return nil, fmt.Errorf("%s: redis.address, api_key, api_secret and ws_url are needed", path)
	}
	return c, nil
}

func main() {
	path := flag.String("config", os.Getenv("EGRESS_CONFIG_FILE"), "the worker's configuration")
	script := flag.String("script", "", "what shall go wrong")
	flag.Parse()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1)
	conf, err := readConfig(*path)
	if err != nil {
		log.Fatal(err)
	}
	client, err := redis.GetRedisClient(&conf.Redis)
	if err != nil {
		log.Fatal(err)
	}
	if err = client.Ping(context.Background()).Err(); err != nil {
		log.Fatal(err)
	}
	w, err := newWorker(conf, *script, client)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	for s := range signals {
		switch s {
		case syscall.SIGUSR1:
			w.endAll(reasonKilled)
			continue
		case syscall.SIGINT:
			w.endAll(reasonInterrupt)
		}
		break
	}
	w.drain()
}
