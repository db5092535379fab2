package report

import "sync"

// blockMemory keeps the buffers of decoded blocks for blocks to come.
type blockMemory struct {
	mu   sync.Mutex
	free [][]byte
}

// What blockMemory keeps.
const (
	keptBuffers = 8
	keptBuffer  = 2 * defaultBlock
)

// get returns an empty buffer with room for n bytes.
func (m *blockMemory) get(n int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last := len(m.free) - 1; last >= 0 && cap(m.free[last]) >= n {
		b := m.free[last]
		m.free = m.free[:last]
		return b[:0]
	}
	return make([]byte, 0, n)
}

// put takes a buffer back.
func (m *blockMemory) put(b []byte) {
	if cap(b) < defaultBlock || cap(b) > keptBuffer {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) < keptBuffers {
		m.free = append(m.free, b)
	}
}
