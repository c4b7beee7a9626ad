package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Frames between parent and child: one byte of kind, four of length (big
// endian), the payload.
const (
	frameNode   byte = 'N' // parent ▶ child: what a path is, sent ahead or as an answer
	frameTask   byte = 'T' // parent ▶ child: do this
	frameAsk    byte = 'A' // child ▶ parent: what is this path?
	frameResult byte = 'R' // child ▶ parent: done
	frameError  byte = 'E' // child ▶ parent: not done, and why
	framePanics byte = 'P' // child ▶ parent: what was recovered from, before either
)

// maxFrame bounds every frame, 80 MiB: a result of 64 MiB and some room.
const maxFrame = 80 << 20

func writeFrame(w io.Writer, kind byte, parts ...[]byte) error {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if size > maxFrame {
		return fmt.Errorf("write frame %c: %d bytes are over the limit", kind, size)
	}
	if _, err := w.Write(binary.BigEndian.AppendUint32([]byte{kind}, uint32(size))); err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func readFrame(r *bufio.Reader) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("read frame %c: %d bytes are over the limit", head[0], n)
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, err
	}
	return head[0], payload, nil
}

type taskHeader struct {
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
}
