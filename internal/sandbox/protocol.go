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

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("write frame %c: %d bytes are over the limit", kind, len(payload))
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
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

// question is what a child asks, and what names a node sent ahead.
type question struct {
	Tree int    `json:"t,omitempty"` // index of the task's tree
	Path string `json:"p"`
	List bool   `json:"l,omitempty"` // the names in a directory are wanted too
}

// nodeHeader goes before a file's content in a node frame.
type nodeHeader struct {
	Ask   question `json:"q"`
	Type  NodeType `json:"k"`
	Real  string   `json:"r,omitempty"`
	Names []string `json:"n,omitempty"`
}

func writeNode(w io.Writer, ask question, n Node) error {
	head, err := json.Marshal(nodeHeader{Ask: ask, Type: n.Type, Real: n.Real, Names: n.Names})
	if err != nil {
		return err
	}
	payload := make([]byte, 0, 4+len(head)+len(n.Content))
	payload = binary.BigEndian.AppendUint32(payload, uint32(len(head)))
	payload = append(append(payload, head...), n.Content...)
	return writeFrame(w, frameNode, payload)
}

func parseNode(payload []byte) (question, Node, error) {
	var h nodeHeader
	if len(payload) < 4 {
		return question{}, Node{}, io.ErrUnexpectedEOF
	}
	n := binary.BigEndian.Uint32(payload)
	if uint64(n) > uint64(len(payload)-4) {
		return question{}, Node{}, io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(payload[4:4+n], &h); err != nil {
		return question{}, Node{}, err
	}
	return h.Ask, Node{Type: h.Type, Real: h.Real, Names: h.Names, Content: payload[4+n:]}, nil
}

type taskHeader struct {
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
}
