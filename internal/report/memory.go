package report

import "sync"

// bufferPool reuses the buffers of decoded blocks.
type bufferPool struct {
	mu   sync.Mutex
	free [][]byte
}

// Limits on what bufferPool keeps: a number of buffers, and bytes per buffer.
const (
	maxBuffers    = 8
	maxBufferSize = 2 * defaultBlock
)

// get returns an empty buffer with room for n bytes.
func (m *bufferPool) get(n int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last := len(m.free) - 1; last >= 0 && cap(m.free[last]) >= n {
		b := m.free[last]
		m.free = m.free[:last]
		return b[:0]
	}
	return make([]byte, 0, n)
}

// put returns a buffer to the pool.
func (m *bufferPool) put(b []byte) {
	if cap(b) < defaultBlock || cap(b) > maxBufferSize {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) < maxBuffers {
		m.free = append(m.free, b)
	}
}
