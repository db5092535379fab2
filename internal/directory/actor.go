package directory

import (
	"context"
	"fmt"
)

// Actor is who does something. The directory writes it into the audit log with
// every change. It holds numbers, no names: an erased person leaves none there.
type Actor struct {
	// Name is operator, system, demo, "person 7" or "token 3".
	Name string
	// Person is the acting person's ID, 0 if it is none.
	Person int64
	// Address is where the request came from, "" for the command line.
	Address string
}

// PersonActor returns a person as an actor.
func PersonActor(id int64, address string) Actor {
	return Actor{Name: fmt.Sprintf("person %d", id), Person: id, Address: address}
}

// SystemActor is the name of the program itself, which does what nobody asks for.
const SystemActor = "system"

type actorKey struct{}

// WithActor returns a context in which a does what is done.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns who acts in the context; without one it is the system.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Name: SystemActor}
}
