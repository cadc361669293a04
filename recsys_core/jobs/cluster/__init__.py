"""Tasks done by a Dask cluster: other processes and machines that do what the thread of this process would."""
