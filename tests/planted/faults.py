"""Mistakes that were released or proposed in real projects, and where each is planted here."""

from tests.planted.listing import Absent, Fault, frozen

ADAM = frozen(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-3)
LONG = frozen(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-3)  # betas whose corrections lose digits
BELIEF = frozen(**ADAM, eps_root=1e-4)
ADADELTA = frozen(lr=0.5, decay=0.8, eps=1e-4)

OPTAX_1130 = {
    "row": 1,
    "wrong": "AdaBelief's variance is taken from the mean before the step, not after it",
    "source": "google-deepmind/optax pull request 1130",
}
OPTAX_288 = {
    "row": 2,
    "wrong": "Yogi's second moment is decayed as a moving average too",
    "source": "google-deepmind/optax pull request 288",
}
NONCONTIGUOUS = "pytorch/pytorch issues 118115 and 118117"
IN_FLOAT32 = {
    "row": 20,
    "wrong": "1 - beta^t is computed in float32, with the cancellation of its digits",
    "source": "this suite, before it was mended",
}
RESUMED = {"row": 16, "source": "pytorch/pytorch pull request 118326"}

FAULTS = (
    Fault(
        "adabelief, old mean",
        "adabelief",
        BELIEF,
        "wrong_functions:adabelief_from_the_old_mean",
        **OPTAX_1130,
    ),
    Fault(
        "adabelief, old mean, optax",
        "adabelief",
        BELIEF,
        "wrong_optax:adabelief_from_the_old_mean",
        **OPTAX_1130,
    ),
    Fault("yogi, averaged", "yogi", ADAM, "wrong_functions:yogi_averaged", **OPTAX_288),
    Fault("yogi, decayed", "yogi", ADAM, "wrong_functions:yogi_decayed", **OPTAX_288),
    Fault(
        "adam, eps scaled",
        "adam",
        ADAM,
        "wrong_functions:adam_with_eps_scaled",
        row=3,
        wrong="eps is scaled by 1 / sqrt(1 - beta2^t), which the paper's is not",
        source="pytorch/pytorch pull requests 22628 and 23737, karpathy/nanochat 304",
    ),
    Fault(
        "adam, eps after the root",
        "adam",
        ADAM,
        "wrong_functions:adam_with_eps_after_the_root",
        row=4,
        wrong="eps is added to the reciprocal root: infinite or NaN where gradients are zero",
        source="kozistr/pytorch_optimizer issue 480",
    ),
    Fault(
        "adam, uncorrected",
        "adam",
        ADAM,
        "wrong_functions:adam_uncorrected",
        row=5,
        wrong="Adam without bias correction",
        source="ml-explore/mlx pull request 1640",
    ),
    Fault(
        "nadam, times the weights",
        "nadam",
        frozen(**ADAM, weight_decay=0.1),
        "wrong_functions:nadam_scaling_by_the_weights",
        row=6,
        wrong="weight decay scales the gradient by 1 + w x, where w x was to be added",
        source="apache/mxnet issue 8925",
    ),
    Fault(
        "adagrad, uphill",
        "adagrad",
        frozen(lr=0.1, eps=1e-3, initial_accumulator=0.2),
        "wrong_functions:adagrad_uphill",
        row=7,
        wrong="the step is added, and goes uphill",
        source="PaddlePaddle/Paddle pull request 4743",
    ),
    Fault(
        "adadelta, new average",
        "adadelta",
        frozen(**ADADELTA, old_average=True),
        "wrong_functions:adadelta_with_the_new_average",
        row=8,
        wrong="the average of squares is updated before it is used; ADOPT's there, here Adadelta's "
        "with the convention of an old average",
        source="kozistr/pytorch_optimizer issues 346 and 347",
    ),
    Fault(
        "adam, decoupled whatever is asked",
        "adam",
        frozen(**ADAM, weight_decay=0.1),
        "wrong_torch:AdamDecoupledWhateverIsAsked",
        row=10,
        wrong="a fused kernel ignores whether weight decay is decoupled",
        source="deepspeedai/DeepSpeed pull request 8307",
    ),
    Fault(
        "momentum, decay once per dtype",
        "momentum",
        frozen(lr=0.1, momentum=0.8, weight_decay=0.1, weight_decay_form="decoupled"),
        "wrong_torch:MomentumDecayingOncePerDtype",
        row=11,
        wrong="weight decay is applied once for each dtype or device among the parameters",
        source="huggingface/pytorch-image-models pull request 2750",
    ),
    Fault(
        "amsgrad, maximum forgotten",
        "adam",
        frozen(**ADAM, amsgrad="raw"),
        "wrong_torch:AmsgradForgettingItsMaximum",
        row=12,
        wrong="the foreach path of AMSGrad does not keep its maximum",
        source="pytorch/pytorch issue 78807",
    ),
    Fault(
        "rprop, contiguous copies",
        "rprop",
        frozen(lr=0.1, eta_minus=0.4, eta_plus=1.3, step_min=0.01, step_max=0.2),
        "wrong_torch:RpropOfContiguousCopies",
        row=13,
        wrong="parameters that are not contiguous are not updated",
        source=NONCONTIGUOUS,
    ),
    Fault(
        "adam, order of memory",
        "adam",
        ADAM,
        "wrong_torch:AdamInOrderOfMemory",
        row=13,
        wrong="gradients that are not contiguous are read in the order of memory",
        source=NONCONTIGUOUS,
    ),
    Fault(
        "adam, betas in 16 bits",
        "adam",
        LONG,
        "wrong_torch:AdamWithBetasIn16Bits",
        ("bfloat16",),
        row=15,
        wrong="beta2 = 0.999 becomes 0.99609 in bfloat16",
        source="tenstorrent/tt-metal issue 55935",
    ),
    Fault(
        "adam, counter in another dtype",
        "adam",
        frozen(**{**LONG, "beta2": 0.9999}),
        "wrong_torch:AdamWithItsCounterInAnotherDtype",
        ("float32", "bfloat16"),
        wrong="a loaded step counter has the parameters' dtype, and the correction is taken in it",
        **RESUMED,
    ),
    Fault(
        "adam, counter forgotten",
        "adam",
        ADAM,
        "wrong_torch:AdamForgettingItsCounter",
        wrong="the step counter is not in the state that is saved",
        **RESUMED,
    ),
    Fault(
        "nesterov, new velocity twice",
        "nesterov",
        frozen(lr=0.1, momentum=0.8),
        "wrong_functions:nesterov_with_the_new_velocity_twice",
        row=18,
        wrong="the velocity's new value stands where the old one belongs, and is used twice",
        source="chainer/chainer, optimizers/nesterov_ag.py",
    ),
    Fault(
        "adadelta, old average",
        "adadelta",
        ADADELTA,
        "wrong_functions:adadelta_with_the_old_average",
        row=19,
        wrong="the step has the average of squared gradients before this one",
        source="tensorflow/tfjs, adadelta_optimizer.ts",
    ),
    Fault(
        "adam, corrected in float32",
        "adam",
        LONG,
        "wrong_functions:adam_correcting_in_float32",
        **IN_FLOAT32,
    ),
    Fault(
        "adam, corrected in float32, optax",
        "adam",
        LONG,
        "wrong_optax:adam_correcting_in_float32",
        **IN_FLOAT32,
    ),
)

ABSENT = (
    Absent(
        row=9,
        source="google-deepmind/optax pull request 1249",
        why="Muon's factor for shapes: all rules specified here are elementwise, and none has one.",
    ),
    Absent(
        row=14,
        source="pytorch/pytorch issue 59998",
        why="Complex parameters, whose squares need an absolute value: here they are real.",
    ),
    Absent(
        row=17,
        source="google-deepmind/optax commit de46234a",
        why="The sign of a line search's slack: the one here bisects the slope, and has no slack.",
    ),
)
