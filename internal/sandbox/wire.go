package sandbox

import (
	"encoding/binary"
	"io"
	"math"
)

// Questions, nodes and traces are numbers (unsigned varints) and texts (their length,
// and their bytes), one after the other.

func appendNumber(to []byte, n int) []byte { return binary.AppendUvarint(to, uint64(n)) }

func appendText(to []byte, text string) []byte { return append(appendNumber(to, len(text)), text...) }

// cutter takes them off again; texts are parts of what it is given.
type cutter struct {
	rest string
	err  error
}

func (c *cutter) number() int {
	n, size := binary.Uvarint([]byte(c.rest[:min(len(c.rest), binary.MaxVarintLen64)]))
	if size <= 0 || n > math.MaxInt32 {
		c.rest, c.err = "", io.ErrUnexpectedEOF
		return 0
	}
	c.rest = c.rest[size:]
	return int(n)
}

func (c *cutter) text() string {
	n := c.number()
	if n > len(c.rest) {
		c.rest, c.err = "", io.ErrUnexpectedEOF
		return ""
	}
	text := c.rest[:n]
	c.rest = c.rest[n:]
	return text
}

// question is what a child asks, and what names a node sent ahead.
type question struct {
	Tree int // index of the task's tree
	Path string
	List bool // the names in a directory are wanted too
}

func (q question) append(to []byte) []byte {
	tree := q.Tree << 1
	if q.List {
		tree |= 1
	}
	return appendText(appendNumber(to, tree), q.Path)
}

func (c *cutter) question() question {
	tree := c.number()
	return question{Tree: tree >> 1, List: tree&1 == 1, Path: c.text()}
}

func parseQuestion(payload []byte) (question, error) {
	c := cutter{rest: string(payload)}
	q := c.question()
	return q, c.err
}

// writeNode writes what a path is: how long all but the content is, that, and the content.
func writeNode(w io.Writer, ask question, n Node) error {
	head := ask.append(nil)
	head = appendText(appendNumber(head, int(n.Type)), n.Real)
	head = appendNumber(head, len(n.Names))
	for _, name := range n.Names {
		head = appendText(head, name)
	}
	return writeFrame(w, frameNode, binary.BigEndian.AppendUint32(nil, uint32(len(head))), head, n.Content)
}

func parseNode(payload []byte) (question, Node, error) {
	if len(payload) < 4 {
		return question{}, Node{}, io.ErrUnexpectedEOF
	}
	size, rest := binary.BigEndian.Uint32(payload), payload[4:]
	if uint64(size) > uint64(len(rest)) {
		return question{}, Node{}, io.ErrUnexpectedEOF
	}
	c := cutter{rest: string(rest[:size])}
	ask := c.question()
	n := Node{Type: NodeType(c.number()), Real: c.text(), Content: rest[size:]}
	for range c.number() {
		if n.Names = append(n.Names, c.text()); c.err != nil {
			break
		}
	}
	return ask, n, c.err
}
