package files

import (
	"io/fs"
	"sync"
)

// A task is a piece of the walk: a directory to be listed or, if there are
// entries, some of its entries to be read.
type task struct {
	dir     string
	entries []fs.DirEntry
	follow  bool // a link in its place is followed
}

// A stack holds the tasks that are yet to be done. The last one in is the
// first one out, so that it grows with the depth of the tree and the breadth
// of its directories rather than with their number.
//
// A worker finishes each task that it gets, also one that it gives up, so that
// the last one that is busy wakes those that wait.
type stack struct {
	mu    sync.Mutex
	moved sync.Cond // a task was pushed, or the last one was finished
	tasks []task
	open  int // tasks pushed and not finished
}

func newStack() *stack {
	s := new(stack)
	s.moved.L = &s.mu
	return s
}

// push adds a task.
func (s *stack) push(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks = append(s.tasks, t)
	s.open++
	s.moved.Signal()
}

// pop waits for a task. It returns false when none is left and none can come
// any more.
func (s *stack) pop() (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.tasks) == 0 && s.open > 0 {
		s.moved.Wait()
	}
	last := len(s.tasks) - 1
	if last < 0 {
		return task{}, false
	}
	t := s.tasks[last]
	s.tasks[last] = task{}
	s.tasks = s.tasks[:last]
	return t, true
}

// finish notes that a task is done, or given up.
func (s *stack) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open--; s.open == 0 {
		s.moved.Broadcast()
	}
}
