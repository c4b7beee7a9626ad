package web

import (
	"container/list"
	"sync"
)

// cache keeps what was made last, up to so many bytes in all.
type cache[K comparable, V any] struct {
	most int

	mu    sync.Mutex
	size  int
	order list.List // of *cached, the last used first
	at    map[K]*list.Element
}

type cached[K comparable, V any] struct {
	key   K
	value V
	size  int
}

// get gives a value that is kept.
func (c *cache[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.at[key]
	if e == nil {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached[K, V]).value, true
}

// put keeps a value of so many bytes, and lets go of those that were not used for
// the longest time.
func (c *cache[K, V]) put(key K, value V, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = map[K]*list.Element{}
	}
	if old := c.at[key]; old != nil {
		c.drop(old)
	}
	if size > c.most {
		return
	}
	c.at[key] = c.order.PushFront(&cached[K, V]{key, value, size})
	c.size += size
	for c.size > c.most {
		c.drop(c.order.Back())
	}
}

func (c *cache[K, V]) drop(e *list.Element) {
	one := c.order.Remove(e).(*cached[K, V])
	delete(c.at, one.key)
	c.size -= one.size
}
