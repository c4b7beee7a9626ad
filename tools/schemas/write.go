package main

import (
	"archive/zip"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

// write makes the bundle: a zip, so that one schema can be read without the
// others. The same input gives the same bytes.
func write(name string, kubernetes *schema.Releases, custom *customKinds) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	if err := entry(z, schema.KubernetesEntry, kubernetes); err != nil {
		return err
	}
	definitions, err := z.CreateHeader(&zip.FileHeader{Name: schema.DefinitionsEntry, Method: zip.Deflate})
	if err == nil {
		err = kubernetes.WriteDefinitions(definitions)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", schema.DefinitionsEntry, err)
	}
	if err := entry(z, schema.CustomEntry, custom.kinds); err != nil {
		return err
	}
	for i, shape := range custom.shapes {
		if err := entry(z, schema.ShapeEntry(i), json.RawMessage(shape)); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}

func entry(z *zip.Writer, name string, content any) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
