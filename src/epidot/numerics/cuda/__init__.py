"""The block-tetrahedral operator and the dense algebra of its panels on a CUDA card.

Takes a `BlockTetrahedral`; gives an operator with the same methods on arrays of the card. One
hand-written kernel (``step.cu``), compiled at run time through CuPy, whose cuBLAS does the dense products.
Checked by: tests/numerics/test_cuda.py, where the very text of the kernel runs, compiled as C++.
"""

from epidot.numerics.cuda.card import find_card
from epidot.numerics.cuda.gpu import Gpu
from epidot.numerics.cuda.operator import CudaOperator
from epidot.numerics.cuda.rates import Rates, copy_rate, rates

__all__ = ["CudaOperator", "Gpu", "Rates", "copy_rate", "find_card", "rates"]
