"""One module per problem: value, gradient and Hessian for every array namespace."""
