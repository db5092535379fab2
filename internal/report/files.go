package report

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"codegauge/internal/fault"
)

// Input is a file to read, or anything that can be opened like one.
type Input struct {
	// Name identifies it in messages.
	Name string
	// Size is its length in bytes, -1 if unknown.
	Size int64
	Open func() (io.ReadCloser, error)
}

// Stdin is the path that stands for the standard input.
const Stdin = "-"

// Files returns the inputs that paths name: files; directories with everything below
// them, in lexical order, without names that begin with a dot; and Stdin. The error for
// a path that does not exist, or a directory without files, is a *fault.Error of kind
// Invalid.
func Files(paths []string, stdin io.Reader) ([]Input, error) {
	var all []Input
	for _, path := range paths {
		inputs, err := filesAt(path, stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, inputs...)
	}
	return all, nil
}

func filesAt(path string, stdin io.Reader) ([]Input, error) {
	if path == Stdin {
		return []Input{{Name: "stdin", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v", err)
	}
	if !info.IsDir() {
		return []Input{fileInput(path, info)}, nil
	}
	inputs, err := directory(path)
	if err == nil && len(inputs) == 0 {
		err = fault.New(fault.Invalid, "directory %s has no files", path)
	}
	return inputs, err
}

// directory returns the files below root.
func directory(root string) ([]Input, error) {
	var inputs []Input
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fault.New(fault.Invalid, "%v", err)
		case path != root && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			inputs = append(inputs, fileInput(path, info))
		}
		return nil
	})
	return inputs, err
}

func fileInput(path string, info fs.FileInfo) Input {
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	return Input{Name: path, Size: size, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}
