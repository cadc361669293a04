"""An executor that does nothing by itself: a test says what it tells."""


class PatientExecutor:
    """Remembers what is asked of it; `tell` is what an executor elsewhere would say."""

    def __init__(self):
        self.emits, self.stopped, self.kept, self.asked_to_save = {}, [], set(), []

    def start(self, job_id, task, emit):
        self.emits[job_id] = emit

    def stop(self, job_id):
        self.stopped.append(job_id)

    def keeps(self, job_id):
        return job_id in self.kept

    def save_again(self, job_id, emit):
        self.asked_to_save.append(job_id)

    def tell(self, job_id, *events):
        for event in events:
            self.emits[job_id](event)
