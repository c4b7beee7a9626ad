package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// chunkSize is about how many bytes of objects are kept in one part: what has
	// to be read to show one of them.
	chunkSize = 256 << 10
	// maxSides bounds one object of a page, on both sides together: etcd takes no
	// more than 1.5 MiB for one.
	maxSides = 3 << 20
	// maxPacked bounds all parts of a page.
	maxPacked = 32 << 20
	// maxUnpacked bounds what a part may grow to when it is read.
	maxUnpacked = 256 << 20
)

// ErrPageVersion: the page was kept by another Seaworthy.
var ErrPageVersion = errors.New("the page was kept by another version of Seaworthy")

// Pack gives the parts in which a page is kept, compressed: the page itself, and
// its objects, many in a part. What is too large is left out, and counted.
func (p *Page) Pack() ([][]byte, error) {
	parts := [][]byte{nil}
	var chunk []*Sides
	size, packed := 0, 0
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		part, err := pack(chunk)
		if err != nil {
			return err
		}
		parts, packed = append(parts, part), packed+len(part)
		chunk, size = nil, 0
		return nil
	}
	p.LeftObjects = 0
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Part, c.At = 0, 0
		s := p.sides[i]
		n := len(s.Base) + len(s.Head)
		if n == 0 || n > maxSides || packed > maxPacked {
			p.LeftObjects++
			continue
		}
		c.Part, c.At = len(parts), len(chunk)
		chunk, size = append(chunk, s), size+n
		if size < chunkSize {
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	var err error
	parts[0], err = pack(p)
	return parts, err
}

func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	return b.Bytes(), nil
}

func unpack(part []byte, v any) error {
	z, err := gzip.NewReader(bytes.NewReader(part))
	if err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	d := json.NewDecoder(io.LimitReader(z, maxUnpacked))
	d.UseNumber() // as model.Object has them
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("read a page: %w", err)
	}
	return nil
}

// OpenPage reads a page from its first part.
func OpenPage(part []byte) (*Page, error) {
	p := &Page{}
	if err := unpack(part, p); err != nil {
		return nil, err
	}
	if p.Version != pageVersion {
		return nil, ErrPageVersion
	}
	return p, nil
}

// OpenSides reads the objects of a further part.
func OpenSides(part []byte) ([]Sides, error) {
	var all []Sides
	return all, unpack(part, &all)
}
