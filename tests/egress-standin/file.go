// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type product struct {
	size               int64
	location, manifest string
}

// store makes the MP4 in a folder of its own and puts it, and the manifest, where the request says. As with the worker, a
// target that can't be written shows only now.
func (j *job) store() (p product, err error) {
	folder, err := os.MkdirTemp("", "egress-standin")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(folder)
	file, name := filepath.Join(folder, "out.mp4"), j.info.GetFile().Filename
	if err = j.film(file); err != nil {
		return p, err
	}
	if j.script.Truncate > 0 {
		if err = os.Truncate(file, j.script.Truncate); err != nil {
			return p, err
		}
	}
	if p.location, p.size, err = j.put(file, name); err != nil || j.output.DisableManifest {
		return p, err
	}
	manifest := filepath.Join(folder, "manifest.json")
	text, _ := json.Marshal(map[string]any{"egress_id": j.info.EgressId, "room_id": j.info.RoomId,
		"room_name": j.info.RoomName, "started_at": j.info.StartedAt})
	if err = os.WriteFile(manifest, text, 0o644); err != nil {
		return p, err
	}
	p.manifest, _, err = j.put(manifest, path.Join(path.Dir(name), j.info.EgressId+".json"))
	return p, err
}

// film makes an MP4 as long as the recording ran.
func (j *job) film(file string) error {
	length := j.script.LengthS
	if length == 0 {
		length = max(0.5, float64(j.info.GetFile().Duration)/1e9)
	}
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"}
	if !j.req.AudioOnly {
		args = append(args, "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-c:v", "libx264", "-preset", "ultrafast",
			"-pix_fmt", "yuv420p")
	}
	args = append(args, "-c:a", "aac", "-t", fmt.Sprintf("%.3f", length), "-f", "mp4", file)
	out, err := exec.Command("ffmpeg", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	return nil
}

func (j *job) put(file, name string) (location string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	if j.upload != nil {
		location, err = j.putS3(f, name)
	} else {
		location, err = name, putLocal(f, name)
	}
	if err != nil {
		return "", 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	return location, info.Size(), nil
}

func putLocal(f *os.File, name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, f); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// putS3 uploads by the library that the worker uses, so that errors read alike; the location says https for any endpoint.
func (j *job) putS3(f *os.File, key string) (string, error) {
	u := j.upload
	client := s3.New(s3.Options{Region: u.Region, BaseEndpoint: aws.String(u.Endpoint), UsePathStyle: u.ForcePathStyle,
		Credentials: credentials.NewStaticCredentialsProvider(u.AccessKey, u.Secret, ""), RetryMaxAttempts: 3})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &u.Bucket, Key: &key, Body: f,
		ContentType: aws.String("video/mp4")})
	if err != nil {
		status := 0
		var answered *awshttp.ResponseError
		if errors.As(err, &answered) {
			status = answered.HTTPStatusCode()
		}
		return "", fmt.Errorf("S3 upload failed: err: %w, status code: %d", err, status)
	}
	_, host, _ := strings.Cut(u.Endpoint, "://")
	if !u.ForcePathStyle {
		return "https://" + u.Bucket + "." + host + "/" + key, nil
	}
	return "https://" + host + "/" + u.Bucket + "/" + key, nil
}
