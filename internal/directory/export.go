package directory

import (
	"context"
	"time"
)

// PreparedExport is an export that is prepared in the background, or was.
type PreparedExport struct {
	ID         string
	Enterprise int64
	// Owner is who asked for it, as the audit log names them: nobody else gets it.
	Owner string
	// About is what is asked for and what the file is of, as whoever prepares it writes it.
	About  []byte
	Status ExportStatus
	// Error is why it failed.
	Error string
	// Records of Total are written; Size is what the file has in bytes so far, Stored what
	// that takes in the database.
	Records, Total, Size, Stored int64
	// Beat is when whoever prepares it last said so.
	Created, Beat, Expires time.Time
}

// ExportStatus says how far an export is.
type ExportStatus string

// The states of an export.
const (
	ExportWaiting ExportStatus = "waiting" // for others that are prepared
	ExportRunning ExportStatus = "running"
	ExportDone    ExportStatus = "done"
	ExportFailed  ExportStatus = "failed"
)

// ExportSilence is after how long without a beat nobody prepares an export any more: it has
// failed with ErrorStopped.
const (
	ExportSilence = time.Minute
	ErrorStopped  = "the server stopped before the file was ready: prepare it again"
)

// ExportLimit bounds the exports that are kept: how many one person has, how many bytes
// all have together.
type ExportLimit struct {
	Each  int
	Bytes int64
}

// Exports keeps prepared exports, in chunks, for whichever process is asked for them. Sweep
// removes those that have expired, Erase all of the enterprise: they may hold the person.
type Exports interface {
	// PutExport begins one. Where its owner has limit.Each that have not failed, it is a
	// fault.TooMany.
	PutExport(ctx context.Context, e PreparedExport, limit ExportLimit) error
	// PreparedExport returns an enterprise's; a fault.NotFound if there is none, or it has expired.
	PreparedExport(ctx context.Context, enterprise int64, id string, now time.Time) (PreparedExport, error)
	// PreparedExports lists those that somebody asked for, newest first.
	PreparedExports(ctx context.Context, enterprise int64, owner string, now time.Time) ([]PreparedExport, error)
	// NoteExport writes an export's status, error, counts and beat; a fault.NotFound if it
	// was removed meanwhile.
	NoteExport(ctx context.Context, e PreparedExport) error
	// PutExportChunk adds the chunk with a number; a fault.NotFound if the export was
	// removed meanwhile, a fault.Unavailable if all would take more than limit.Bytes.
	PutExportChunk(ctx context.Context, id string, n int, body []byte, limit ExportLimit) error
	// ExportChunk returns one; a fault.NotFound if there is none.
	ExportChunk(ctx context.Context, id string, n int) ([]byte, error)
	// RemoveExport removes one, if it is there; RemoveExports all of an enterprise.
	RemoveExport(ctx context.Context, enterprise int64, id string) error
	RemoveExports(ctx context.Context, enterprise int64) error
}
