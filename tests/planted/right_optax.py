"""Right steps as optax's own parts compose them."""

import optax


def descent(h):
    return optax.chain(optax.identity(), optax.scale(-h.lr))


def decayed_descent(h):
    return optax.chain(optax.add_decayed_weights(h.weight_decay), optax.sgd(h.lr))


def momentum_of_trace(h):
    return optax.chain(optax.trace(decay=h.momentum), optax.scale(-h.lr))


def momentum_of_scaled_gradients(h):
    """The rate comes first; the same while it does not change."""
    return optax.chain(optax.scale(-h.lr), optax.trace(decay=h.momentum))


def nesterov_of_trace(h):
    return optax.chain(optax.trace(decay=h.momentum, nesterov=True), optax.scale(-h.lr))


def adagrad_of_parts(h):
    parts = optax.scale_by_rss(h.initial_accumulator, h.eps), optax.scale_by_learning_rate(h.lr)
    return optax.chain(*parts)


def rmsprop_of_parts(h):
    return optax.chain(optax.scale_by_rms(h.decay, h.eps), optax.scale(-h.lr))


def adadelta_of_parts(h):
    return optax.chain(optax.scale_by_adadelta(h.decay, h.eps), optax.scale(-h.lr))


def adam_of_parts(h):
    return optax.chain(optax.scale_by_adam(h.beta1, h.beta2, h.eps), optax.scale(-h.lr))


def adam_by_a_schedule(h):
    """A constant schedule of the step's size."""
    scaled = optax.scale_by_schedule(lambda count: -h.lr)
    return optax.chain(optax.scale_by_adam(h.beta1, h.beta2, h.eps), scaled)


def adam_with_decay_of_parts(h):
    return optax.chain(
        optax.scale_by_adam(h.beta1, h.beta2, h.eps),
        optax.add_decayed_weights(h.weight_decay),
        optax.scale_by_learning_rate(h.lr),
    )


def adam_with_decay_in_the_gradient(h):
    decay = optax.add_decayed_weights(h.weight_decay)
    return optax.chain(decay, optax.adam(h.lr, h.beta1, h.beta2, h.eps))


def adam_injected(h):
    """The hyperparameters are arrays of the state."""
    return optax.inject_hyperparams(optax.adam, static_args=("b1", "b2", "eps"))(
        learning_rate=h.lr, b1=h.beta1, b2=h.beta2, eps=h.eps
    )


def adabelief_of_parts(h):
    belief = optax.scale_by_belief(h.beta1, h.beta2, h.eps, h.eps_root)
    return optax.chain(belief, optax.scale(-h.lr))


def lion_of_parts(h):
    return optax.chain(optax.scale_by_lion(h.beta1, h.beta2), optax.scale(-h.lr))


def sign_of_parts(h):
    return optax.chain(optax.scale_by_sign(), optax.scale(-h.lr))
