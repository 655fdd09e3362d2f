"""One file per problem: value, gradient and Hessian, once, over an array namespace."""
